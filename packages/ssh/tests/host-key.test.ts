import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { runProcess } from "@flurry/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { connect, fingerprint, parsePublicKey } from "../src/index.ts";
import type { SshTarget } from "../src/index.ts";
import { singleHost, transports } from "./single-host.ts";
import type { SingleHost } from "./single-host.ts";
import type { TestKey } from "./test-sshd.ts";

describe.each(transports)("over %s", (transport) => {
  let host: SingleHost;
  let other: TestKey;
  let name: string;
  beforeAll(async () => {
    host = await singleHost([], transport);
    other = await host.shop.key("other");
    name = `[${host.sshd.address}]:${host.sshd.port}`;
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  let files = 0;
  /** Runs a command with a known_hosts file of this text and further settings. */
  async function tryWith(
    knownHosts: string,
    { config = "", target = {} }: { config?: string; target?: Partial<SshTarget> } = {},
  ): Promise<{ stdout: string; file: string }> {
    const file = await host.shop.file(`known_hosts-${files++}`, knownHosts);
    const text = `${config}\nUserKnownHostsFile ${file}\nGlobalKnownHostsFile none\n`;
    const configFile = await host.shop.file(`config-${files}`, text);
    await using session = await connect({ ...host.target, ...target }, { ...host.context, configFile });
    const { stdout } = await session.exec("echo in");
    return { stdout, file };
  }

  const known = (key: TestKey): string => `${name} ${key.publicKey}\n`;
  const print = (key: TestKey): string => fingerprint(parsePublicKey(key.publicKey).blob);

  describe("a known host key", () => {
    it.each([
      ["plain, off port 22", () => known(host.hostKey)],
      ["by a pattern", () => `[127.0.0.*]:* ${host.hostKey.publicKey}\n`],
      ["beside another one", () => known(other) + known(host.hostKey)],
      ["after lines that say nothing", () => `# a comment\n\ngarbage\n${known(host.hostKey)}`],
    ])("is accepted: %s", async (_, knownHosts) => {
      expect(await tryWith(knownHosts())).toMatchObject({ stdout: "in\n" });
    });

    it("is accepted: hashed", async () => {
      const file = await host.shop.file("to-hash", known(host.hostKey));
      await runProcess("ssh-keygen", ["-H", "-f", file]);
      const hashed = await readFile(file, "utf8");
      expect(hashed).toMatch(/^\|1\|/);
      expect(await tryWith(hashed)).toMatchObject({ stdout: "in\n" });
    });

    it("is accepted under the host's HostKeyAlias", async () => {
      const knownHosts = `nas.example ${host.hostKey.publicKey}\n`;
      expect(await tryWith(knownHosts, { config: "HostKeyAlias nas.example" })).toMatchObject({ stdout: "in\n" });
    });

    it.each(["rsa", "ecdsa", "ed25519"] as const)("is asked for by its type: %s", async (type) => {
      const types = ["rsa", "ecdsa", "ed25519"] as const;
      const keys = await Promise.all(types.map((each) => host.shop.key(`host-${each}-of-${type}`, { type: each })));
      const sshd = await host.shop.sshd({ authorized: [host.userKey], hostKeys: keys });
      const key = keys[types.indexOf(type)];
      const knownHosts = `[${sshd.address}]:${sshd.port} ${key?.publicKey}\n`;
      expect(await tryWith(knownHosts, { target: { port: sshd.port } })).toMatchObject({ stdout: "in\n" });
    });
  });

  describe("an unknown host key", () => {
    it("is refused, with its fingerprint and the way to trust it", async () => {
      await expect(tryWith("")).rejects.toMatchObject({
        code: "FLURRY_SSH_HOST_KEY_UNKNOWN",
        host: "nas",
        message: `nas (127.0.0.1:${host.sshd.port}) shows the ssh-ed25519 key ${print(host.hostKey)}, which is not known`,
        hint: expect.stringContaining(`hostKeys: ["${host.hostKey.publicKey}"]`),
      });
    });

    it("can be trusted by the command that the error names", async () => {
      const error: unknown = await tryWith("").catch((thrown: unknown) => thrown);
      const hint = error instanceof Error && "hint" in error ? String(error.hint) : "";
      const command = /or run: (printf .*)$/.exec(hint)?.[1] ?? "";
      const file = / >> (.*)$/.exec(command)?.[1] ?? "";
      await runProcess("/bin/sh", ["-c", command]);
      expect(await tryWith(await readFile(file, "utf8"))).toMatchObject({ stdout: "in\n" });
    });

    it.each([
      ["known for port 22 only", () => `127.0.0.1 ${host.hostKey.publicKey}\n`],
      ["excluded by a negation", () => `[127.0.0.1]:*,!${name} ${host.hostKey.publicKey}\n`],
      ["that of a certificate authority", () => `@cert-authority ${known(host.hostKey)}`],
    ])("is refused when it is %s", async (_, knownHosts) => {
      await expect(tryWith(knownHosts())).rejects.toMatchObject({ code: "FLURRY_SSH_HOST_KEY_UNKNOWN" });
    });

    it("is refused under `strict` of the target although the configuration is lax", async () => {
      const lax = { config: "StrictHostKeyChecking no", target: { hostKeyPolicy: "strict" as const } };
      await expect(tryWith("", lax)).rejects.toMatchObject({ code: "FLURRY_SSH_HOST_KEY_UNKNOWN" });
    });

    it.each([
      ["accept-new of the target", { target: { hostKeyPolicy: "accept-new" as const } }],
      ["accept-new of the configuration", { config: "StrictHostKeyChecking accept-new" }],
      ["no of the configuration", { config: "StrictHostKeyChecking no" }],
      ["accept-new among the ssh options", { target: { sshOptions: ["-o", "StrictHostKeyChecking=accept-new"] } }],
    ])("is accepted once and remembered under %s", async (_, options) => {
      // OpenSSH 9.2 goes on in a line that has no end.
      const end = transport === "ssh2" ? "" : "\n";
      const { stdout, file } = await tryWith(`old.example ssh-ed25519 AAAA${end}`, options);
      expect(stdout).toBe("in\n");
      const text = await readFile(file, "utf8");
      expect(text).toBe(`old.example ssh-ed25519 AAAA\n${known(host.hostKey)}`);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await tryWith(text)).toMatchObject({ stdout: "in\n" });
    });

    it("is remembered under a hash where the configuration says so, in a file that is made for it", async () => {
      const file = join(host.shop.dir, "new", "known_hosts");
      const configFile = await host.shop.file(
        "config-hash",
        `HashKnownHosts yes\nStrictHostKeyChecking accept-new\nUserKnownHostsFile ${file}\nGlobalKnownHostsFile none\n`,
      );
      await using first = await connect(host.target, { ...host.context, configFile });
      await first.exec("true");
      expect(await readFile(file, "utf8")).toMatch(/^\|1\|\S+ ssh-ed25519 \S+\n$/);
      await using second = await connect({ ...host.target, hostKeyPolicy: "strict" }, { ...host.context, configFile });
      expect(await second.exec("echo in")).toMatchObject({ stdout: "in\n" });
    });
  });

  describe("a changed host key", () => {
    it.each([
      ["strict", {}],
      ["accept-new", { target: { hostKeyPolicy: "accept-new" as const } }],
      ["no", { config: "StrictHostKeyChecking no" }],
    ])("is refused under %s", async (_, options) => {
      await expect(tryWith(`# first\n${known(other)}`, options)).rejects.toMatchObject({
        code: "FLURRY_SSH_HOST_KEY_CHANGED",
        message: expect.stringMatching(
          new RegExp(
            `shows the ssh-ed25519 key ${escape(print(host.hostKey))}, but .*:2 has the .*${escape(print(other))}`,
          ),
        ),
        place: { line: 2 },
        hint: expect.stringContaining("ssh-keygen -R "),
      });
    });

    it("is refused as well when it is of another type", async () => {
      const ecdsa = await host.shop.key("other-ecdsa", { type: "ecdsa" });
      await expect(tryWith(known(ecdsa), { target: { hostKeyPolicy: "accept-new" } })).rejects.toMatchObject({
        code: "FLURRY_SSH_HOST_KEY_CHANGED",
      });
    });

    it("is forgotten by the command that the error names", async () => {
      const error: unknown = await tryWith(known(other)).catch((thrown: unknown) => thrown);
      const hint = error instanceof Error && "hint" in error ? String(error.hint) : "";
      const command = /run: (ssh-keygen .*)$/.exec(hint)?.[1] ?? "";
      expect(await runProcess("/bin/sh", ["-c", command])).toMatchObject({ exitCode: 0 });
      const file = /-f (\S+)$/.exec(command)?.[1] ?? "";
      expect(await readFile(file, "utf8")).toBe("");
    });
  });

  describe("a revoked host key", () => {
    it.each([
      ["strict", {}],
      ["accept-new", { target: { hostKeyPolicy: "accept-new" as const } }],
      ["no", { config: "StrictHostKeyChecking no" }],
    ])("is refused under %s although it is known", async (_, options) => {
      const knownHosts = `${known(host.hostKey)}@revoked * ${host.hostKey.publicKey}\n`;
      await expect(tryWith(knownHosts, options)).rejects.toMatchObject({
        code: "FLURRY_SSH_HOST_KEY_REVOKED",
        message: expect.stringMatching(/which .*:2 revokes$/),
      });
    });

    it("is refused although it is pinned", async () => {
      const target = { hostKeys: [host.hostKey.publicKey] };
      await expect(tryWith(`@revoked * ${host.hostKey.publicKey}\n`, { target })).rejects.toMatchObject({
        code: "FLURRY_SSH_HOST_KEY_REVOKED",
      });
    });

    it.each(["a list of keys", "a binary list"])("is refused when RevokedHostKeys has it: %s", async (kind) => {
      const list = join(host.shop.dir, `revoked-${files++}`);
      if (kind === "a list of keys") await writeFile(list, `# gone\n${host.hostKey.publicKey} comment\n`);
      else await runProcess("ssh-keygen", ["-k", "-f", list, `${host.hostKey.file}.pub`]);
      const config = `RevokedHostKeys ${list}`;
      await expect(tryWith(known(host.hostKey), { config })).rejects.toMatchObject({
        code: "FLURRY_SSH_HOST_KEY_REVOKED",
      });
    });

    it.each(["a list of keys", "a binary list"])("is not mistaken for another one: %s", async (kind) => {
      const list = join(host.shop.dir, `revoked-${files++}`);
      if (kind === "a list of keys") await writeFile(list, `${other.publicKey}\n`);
      else await runProcess("ssh-keygen", ["-k", "-f", list, `${other.file}.pub`]);
      expect(await tryWith(known(host.hostKey), { config: `RevokedHostKeys ${list}` })).toMatchObject({
        stdout: "in\n",
      });
    });

    it("cannot be ruled out when the list is missing", async () => {
      const config = `RevokedHostKeys ${join(host.shop.dir, "nowhere")}`;
      await expect(tryWith(known(host.hostKey), { config })).rejects.toMatchObject({
        code: "FLURRY_SSH_CONFIG_INVALID",
      });
    });
  });

  describe("pinned host keys", () => {
    it("win over known_hosts", async () => {
      const target = { hostKeys: [other.publicKey, `${host.hostKey.publicKey} a comment`] };
      expect(await tryWith(known(other), { target })).toMatchObject({ stdout: "in\n" });
    });

    it("are exclusive", async () => {
      const target = { hostKeys: [other.publicKey], hostKeyPolicy: "accept-new" as const };
      await expect(tryWith(known(host.hostKey), { target })).rejects.toMatchObject({
        code: "FLURRY_SSH_HOST_KEY_CHANGED",
        message: expect.stringContaining(`but the fleet expects the ssh-ed25519 key ${print(other)}`),
      });
    });

    it.each(["ssh-ed25519", "AAAA", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA==", "-o ProxyCommand=x", ""])(
      "must be public keys: %j",
      async (line) => {
        await expect(tryWith("", { target: { hostKeys: [line] } })).rejects.toMatchObject({
          code: "FLURRY_SSH_CONFIG_INVALID",
          host: "nas",
        });
      },
    );
  });

  it("trusts no key while a known_hosts file cannot be read", async () => {
    const config = `GlobalKnownHostsFile ${host.shop.dir}`;
    await expect(tryWith(known(host.hostKey), { config })).rejects.toMatchObject({
      code: "FLURRY_SSH_CONFIG_INVALID",
      place: { file: host.shop.dir },
    });
  });
});

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}
