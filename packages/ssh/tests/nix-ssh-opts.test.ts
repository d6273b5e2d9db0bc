import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

import { runProcess } from "@flurry/core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { nixSshOpts } from "../src/index.ts";
import type { SshTarget } from "../src/index.ts";
import { singleHost } from "./single-host.ts";
import type { SingleHost } from "./single-host.ts";
import { me } from "./test-sshd.ts";

let host: SingleHost;
beforeAll(async () => {
  host = await singleHost();
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

/** Does what Nix does: splits at blanks and runs `ssh` with the host and the words behind it. */
async function likeNix(more: Partial<SshTarget> = {}, directory?: string) {
  const target = { ...host.target, ...more };
  const made = await nixSshOpts(target, "127.0.0.1", host.context, directory === undefined ? {} : { directory });
  await using opts = made;
  const words = [opts.storeHost, "-x", "-a", ...opts.value.split(" "), "echo there"];
  const result = await runProcess("ssh", words, { env: host.shop.env });
  return { ...result, storeHost: opts.storeHost };
}

it("makes a real ssh reach the host without being asked anything", async () => {
  expect(await likeNix()).toMatchObject({ exitCode: 0, stdout: "there\n", storeHost: `${me}@127.0.0.1` });
});

it("trusts pinned keys and no others, and cleans up", async () => {
  const other = await host.shop.key("other");
  const directory = join(host.shop.dir, "pins");
  await mkdir(directory);
  expect(await likeNix({ hostKeys: [host.hostKey.publicKey] }, directory)).toMatchObject({ stdout: "there\n" });
  expect(await likeNix({ hostKeys: [other.publicKey] }, directory)).toMatchObject({ exitCode: 255 });
  expect(await readdir(directory)).toEqual([]);
});

it("does not let an unknown host in, nor one that only a lax configuration would take", async () => {
  const unknown = { sshOptions: ["-o", `UserKnownHostsFile=${host.shop.dir}/empty`] };
  expect(await likeNix(unknown)).toMatchObject({
    exitCode: 255,
    stderr: expect.stringContaining("Host key verification failed"),
  });
  const wrong = await host.shop.file(
    "wrong",
    `[127.0.0.1]:${host.sshd.port} ${(await host.shop.key("wrong-key")).publicKey}\n`,
  );
  const lax = { sshOptions: ["-oStrictHostKeyChecking=no", "-o", `UserKnownHostsFile=${wrong}`] };
  expect(await likeNix(lax)).toMatchObject({ exitCode: 255 });
});

it.each([["/key with blanks"], ["/quo'te"]])("refuses what Nix would tear apart: %s", async (file) => {
  await expect(likeNix({ identityFiles: [file] })).rejects.toMatchObject({
    code: "FLURRY_SSH_CONFIG_INVALID",
    host: "nas",
    hint: expect.stringContaining("NIX_SSHOPTS"),
  });
  const directory = join(host.shop.dir, "with blanks");
  await mkdir(directory, { recursive: true });
  const pinned = { hostKeys: [host.hostKey.publicKey] };
  await expect(likeNix(pinned, directory)).rejects.toMatchObject({ code: "FLURRY_SSH_CONFIG_INVALID" });
  expect(await readdir(directory)).toEqual([]);
});

it("writes IPv6 addresses as store URIs have them", async () => {
  await using opts = await nixSshOpts({ ...host.target, user: "root" }, "fd00::1", host.context);
  expect(opts.storeHost).toBe("root@[fd00::1]");
  await using alias = await nixSshOpts({ name: "nas", addresses: ["nas"] }, "nas", host.context);
  expect(alias.storeHost).toBe("nas");
});
