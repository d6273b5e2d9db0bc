import { spawn } from "node:child_process";
import { chmod, rm } from "node:fs/promises";
import { join } from "node:path";

import { runProcess, sleep } from "@flurry/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { connect, fingerprint, parsePublicKey } from "../src/index.ts";
import type { SshContext, SshTarget } from "../src/index.ts";
import { singleHost, transports } from "./single-host.ts";
import type { SingleHost } from "./single-host.ts";
import { kill, me } from "./test-sshd.ts";
import type { TestKey, TestSshd } from "./test-sshd.ts";

describe.each(transports)("over %s", (transport) => {
  let host: SingleHost;
  let stranger: TestKey;
  beforeAll(async () => {
    host = await singleHost([], transport);
    stranger = await host.shop.key("stranger");
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  async function whoami(target: Partial<SshTarget>, context: Partial<SshContext> = {}): Promise<string> {
    await using session = await connect({ ...host.target, ...target }, { ...host.context, ...context });
    return (await session.exec("id -un")).stdout.trim();
  }

  /** A host that takes exactly this key. */
  async function hostFor(key: TestKey): Promise<{ sshd: TestSshd; target: SshTarget }> {
    const sshd = await host.shop.sshd({ authorized: [key], hostKeys: [host.hostKey] });
    return {
      sshd,
      target: { ...host.target, port: sshd.port, hostKeys: [host.hostKey.publicKey], identityFiles: [key.file] },
    };
  }

  async function agent(keys: readonly TestKey[]): Promise<AsyncDisposable & { readonly env: NodeJS.ProcessEnv }> {
    const socket = join(host.shop.dir, `agent-${Math.random().toString(36).slice(2)}`);
    const child = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    const env = { ...host.context.env, SSH_AUTH_SOCK: socket };
    for (let attempt = 0; attempt < 1000; attempt++) {
      if ((await runProcess("ssh-add", ["-l"], { env })).exitCode === 1) break;
      await sleep(20);
    }
    for (const key of keys) await runProcess("ssh-add", ["-q", key.file], { env });
    return {
      env,
      [Symbol.asyncDispose]: async () => {
        const exited = new Promise((resolve) => {
          child.once("exit", resolve);
        });
        kill(child.pid ?? 0, "SIGTERM");
        await exited;
      },
    };
  }

  const print = (key: TestKey): string => fingerprint(parsePublicKey(key.publicKey).blob);

  describe("key files", () => {
    it.each([
      ["ed25519", { type: "ed25519" }],
      ["ecdsa", { type: "ecdsa" }],
      ["rsa", { type: "rsa" }],
      ["ecdsa in PEM", { type: "ecdsa", format: "PEM" }],
      ["rsa in PEM", { type: "rsa", format: "PEM" }],
      ["ecdsa in PKCS#8", { type: "ecdsa", format: "PKCS8" }],
      ["rsa in PKCS#8", { type: "rsa", format: "PKCS8" }],
    ] as const)("open the door: %s", async (name, options) => {
      const key = await host.shop.key(`key ${name.replace("#", "")}`, options);
      const { target } = await hostFor(key);
      expect(await whoami(target)).toBe(me);
    });

    it("are found relative to the working directory of the context", async () => {
      expect(await whoami({ identityFiles: ["id"] }, { cwd: host.shop.dir })).toBe(me);
    });

    it("are found with tokens of the configuration", async () => {
      const text = `${await import("node:fs/promises").then((fs) => fs.readFile(host.context.configFile ?? "", "utf8"))}
IdentityFile \${HOME}/%%nothing-%r
IdentityFile \${HOME}/i%%d
IdentityFile \${HOME}/id`;
      const configFile = await host.shop.file("config-tokens", text);
      expect(await whoami({ identityFiles: [] }, { configFile })).toBe(me);
    });

    it("that are wrong lead to an error that tells what was offered and what would do", async () => {
      await expect(whoami({ identityFiles: [stranger.file] })).rejects.toMatchObject({
        code: "FLURRY_SSH_AUTH_FAILED",
        host: "nas",
        message: `${me}@nas (127.0.0.1:${host.sshd.port}) refused ${print(stranger)} (${stranger.file}); it would accept publickey`,
        details: `Offered: ${print(stranger)} (${stranger.file})`,
      });
    });

    it("of a wrong user are refused", async () => {
      await expect(whoami({ user: "nobody-of-that-name" })).rejects.toMatchObject({
        code: "FLURRY_SSH_AUTH_FAILED",
        message: expect.stringContaining("nobody-of-that-name@nas"),
      });
    });

    it("are tried one after the other", async () => {
      expect(await whoami({ identityFiles: [stranger.file, host.userKey.file] })).toBe(me);
    });

    it("may be absent altogether", async () => {
      const configFile = await host.shop.file(
        "config-none",
        `IdentityFile none\nUserKnownHostsFile ${host.knownHostsFile}\nGlobalKnownHostsFile none\n`,
      );
      await expect(whoami({ identityFiles: [] }, { configFile })).rejects.toMatchObject({
        code: "FLURRY_SSH_AUTH_FAILED",
        message: expect.stringContaining("there is no usable key"),
      });
    });
  });

  describe("an agent", () => {
    const noFiles = { identityFiles: [] };

    it("signs with the key that it has, also for an encrypted or public file", async () => {
      const keys = [await host.shop.key("a-rsa", { type: "rsa" }), await host.shop.key("a-ed")];
      for (const key of keys) {
        await using running = await agent([key]);
        const { target } = await hostFor(key);
        await rm(key.file);
        expect(await whoami({ ...target, ...noFiles }, { env: running.env })).toBe(me);
        expect(await whoami({ ...target, identityFiles: [`${key.file}.pub`] }, { env: running.env })).toBe(me);
      }
    });

    it("is asked first for the keys that the identity files name", async () => {
      const strangers = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((n) => host.shop.key(`s${n}`)));
      await using running = await agent([...strangers, host.userKey]);
      expect(await whoami({ identityFiles: [host.userKey.file] }, { env: running.env })).toBe(me);
      await expect(whoami(noFiles, { env: running.env })).rejects.toMatchObject({
        code: "FLURRY_SSH_AUTH_FAILED",
        message: expect.stringContaining("Too many authentication failures"),
        hint: expect.stringContaining("IdentitiesOnly"),
      });
    });

    it("offers nothing but named keys under IdentitiesOnly, and nothing at all as `none`", async () => {
      await using running = await agent([host.userKey]);
      const only = { identityFiles: [stranger.file], sshOptions: ["-o", "IdentitiesOnly=yes"] };
      await expect(whoami(only, { env: running.env })).rejects.toMatchObject({
        details: `Offered: ${print(stranger)} (${stranger.file})`,
      });
      const none = { identityFiles: [stranger.file], sshOptions: ["-oIdentityAgent=none"] };
      await expect(whoami(none, { env: running.env })).rejects.toMatchObject({
        details: `Offered: ${print(stranger)} (${stranger.file})`,
      });
    });

    it("may be named by IdentityAgent", async () => {
      await using running = await agent([host.userKey]);
      const sshOptions = ["-o", `IdentityAgent=${running.env["SSH_AUTH_SOCK"]}`];
      expect(await whoami({ ...noFiles, sshOptions })).toBe(me);
    });

    it("that is gone is noted, and files are used", async () => {
      const env = { ...host.context.env, SSH_AUTH_SOCK: join(host.shop.dir, "no-socket") };
      expect(await whoami({}, { env })).toBe(me);
      await expect(whoami({ identityFiles: [stranger.file] }, { env })).rejects.toMatchObject({
        details: expect.stringContaining("no-socket does not answer"),
      });
    });
  });

  // OpenSSH offers their public halves, and the host says no.
  describe.runIf(transport === "ssh2")("key files that cannot be used", () => {
    it("that are encrypted are passed over with a note, and named when there is nothing else", async () => {
      const locked = await host.shop.key("locked", { passphrase: "correct horse" });
      const lockedPem = await host.shop.key("locked-pem", {
        passphrase: "correct horse",
        type: "rsa",
        format: "PEM",
      });
      expect(await whoami({ identityFiles: [locked.file, host.userKey.file] })).toBe(me);
      for (const { file } of [locked, lockedPem])
        await expect(whoami({ identityFiles: [file] })).rejects.toMatchObject({
          code: "FLURRY_SSH_IDENTITY_UNUSABLE",
          message: expect.stringContaining(`${file} is encrypted`),
          hint: expect.stringContaining("ssh-add"),
        });
      await expect(whoami({ identityFiles: [locked.file, stranger.file] })).rejects.toMatchObject({
        code: "FLURRY_SSH_AUTH_FAILED",
        details: expect.stringContaining(`${locked.file} is encrypted`),
      });
    });

    it("that are missing, open to others or no keys are named", async () => {
      const open = await host.shop.key("open");
      await chmod(open.file, 0o644);
      const text = await host.shop.file("text", "not a key\n");
      for (const [file, why] of [
        [join(host.shop.dir, "nowhere"), "does not exist"],
        [open.file, "may be read by others"],
        [text, "cannot be read"],
      ] as const)
        await expect(whoami({ identityFiles: [file] })).rejects.toMatchObject({
          code: "FLURRY_SSH_IDENTITY_UNUSABLE",
          message: expect.stringContaining(`${file} ${why}`),
        });
    });
  });
});
