import { chmod, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { runProcess } from "@flurry/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { connect, transportFor } from "../src/index.ts";
import type { SshContext, SshTarget } from "../src/index.ts";
import { singleHost } from "./single-host.ts";
import type { SingleHost } from "./single-host.ts";
import { descendants, freePort, me } from "./test-sshd.ts";
import type { SshdOptions, TestKey } from "./test-sshd.ts";

let host: SingleHost;
let authority: TestKey;
/** Where sessions have their files. */
let temporary: string;
beforeAll(async () => {
  host = await singleHost();
  temporary = join(host.shop.dir, "t");
  await mkdir(temporary);
  authority = await host.shop.key("authority");
});
beforeEach(() => {
  vi.stubEnv("TMPDIR", temporary);
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

/** Signs a key; the certificate lies beside it. */
async function certify(key: TestKey, principals: string, how: readonly string[] = []): Promise<string> {
  const args = ["-q", "-s", authority.file, "-I", "test", "-n", principals, ...how, `${key.file}.pub`];
  const { exitCode, stderr } = await runProcess("ssh-keygen", args, { env: host.shop.env });
  if (exitCode !== 0) throw new Error(stderr);
  return `${key.file}-cert.pub`;
}

/** Another host, of which the known_hosts file says this. */
async function another(
  options: Pick<SshdOptions, "config" | "authorized">,
  { knownHosts, config = "" }: { readonly knownHosts?: string; readonly config?: string } = {},
): Promise<{ readonly target: SshTarget; readonly context: SshContext }> {
  const sshd = await host.shop.sshd({ ...options, hostKeys: [host.hostKey] });
  const known = await host.shop.file(`known-${sshd.port}`, knownHosts ?? sshd.knownHosts);
  const text = `${config}\nUserKnownHostsFile ${known}\nGlobalKnownHostsFile none\n`;
  const configFile = await host.shop.file(`config-${sshd.port}`, text);
  return { target: { ...host.target, port: sshd.port }, context: { ...host.context, configFile } };
}

async function whoami(target: SshTarget, context: SshContext): Promise<string> {
  await using session = await connect(target, context);
  return (await session.exec("id -un")).stdout.trim();
}

describe("a user certificate", () => {
  it("opens the door, beside its key or named", async () => {
    const key = await host.shop.key("certified");
    const file = await certify(key, me);
    const trusting = { authorized: [], config: [`TrustedUserCAKeys ${authority.file}.pub`] };
    const { target, context } = await another(trusting);
    const mine = { ...target, identityFiles: [key.file] };
    expect(await transportFor(mine, context)).toEqual({
      transport: "openssh",
      reason: `${file} is a user certificate`,
    });
    expect(await whoami(mine, context)).toBe(me);
    const moved = await host.shop.file("moved-cert.pub", await readFile(file, "utf8"));
    const named = { ...target, identityFiles: [key.file], sshOptions: ["-o", `CertificateFile=${moved}`] };
    expect(await whoami(named, context)).toBe(me);
  });

  it("of somebody else is refused, and the error names it", async () => {
    const key = await host.shop.key("for-others");
    await certify(key, "somebody-else");
    const { target, context } = await another({
      authorized: [],
      config: [`TrustedUserCAKeys ${authority.file}.pub`],
    });
    await expect(whoami({ ...target, identityFiles: [key.file] }, context)).rejects.toMatchObject({
      code: "FLURRY_SSH_AUTH_FAILED",
      host: "nas",
      message: expect.stringContaining("would accept publickey"),
      details: expect.stringContaining(key.file),
    });
  });
});

describe("a host certificate", () => {
  const certified = async (principals: string): Promise<SshdOptions["config"]> => [
    `HostCertificate ${await certify(host.hostKey, principals, ["-h"])}`,
  ];

  it("vouches for the host's key", async () => {
    const config = await certified("127.0.0.1");
    const knownHosts = `@cert-authority * ${authority.publicKey}\n`;
    const { target, context } = await another({ authorized: [host.userKey], config: config ?? [] }, { knownHosts });
    expect(await transportFor(target, context)).toMatchObject({ transport: "openssh" });
    expect(await whoami(target, context)).toBe(me);
  });

  it("of another host or of another authority does not", async () => {
    const config = await certified("other.example");
    const stranger = await host.shop.key("another-authority");
    for (const { publicKey } of [authority, stranger]) {
      const knownHosts = `@cert-authority * ${publicKey}\n`;
      const { target, context } = await another({ authorized: [host.userKey], config: config ?? [] }, { knownHosts });
      await expect(whoami(target, context)).rejects.toMatchObject({ code: "FLURRY_SSH_HOST_KEY_UNKNOWN" });
    }
  });
});

describe("a host with algorithms that ssh2 lacks", () => {
  const config = ["KexAlgorithms sntrup761x25519-sha512@openssh.com"];

  it("is reached when only the host insists on them, and when the configuration does", async () => {
    const { target, context } = await another({ authorized: [host.userKey], config });
    expect(await transportFor(target, context)).toMatchObject({ transport: "ssh2" });
    expect(await whoami(target, context)).toBe(me);
    const insisting = { ...target, sshOptions: ["-o", config[0]?.replace(" ", "=") ?? ""] };
    expect(await transportFor(insisting, context)).toMatchObject({ transport: "openssh" });
    expect(await whoami(insisting, context)).toBe(me);
  });

  it("is not, when ssh2 is asked for", async () => {
    const { target, context } = await another({ authorized: [host.userKey], config });
    const env = { ...context.env, FLURRY_SSH_TRANSPORT: "ssh2" };
    await expect(whoami(target, { ...context, env })).rejects.toMatchObject({ code: "FLURRY_SSH_UNREACHABLE" });
  });
});

it("host keys may come from a KnownHostsCommand", async () => {
  const script = await host.shop.file("known.sh", `#!/bin/sh\necho "$1 ${host.hostKey.publicKey}"\n`);
  await chmod(script, 0o700);
  const config = `KnownHostsCommand ${script} %H`;
  const { target, context } = await another({ authorized: [host.userKey] }, { knownHosts: "", config });
  expect(await whoami(target, context)).toBe(me);
});

describe("over OpenSSH", () => {
  const over = (context: SshContext): SshContext => ({
    ...context,
    env: { ...context.env, FLURRY_SSH_TRANSPORT: "openssh" },
  });

  it("nothing is left of a session: no process, no file", async () => {
    const session = await connect(host.target, over(host.context));
    const running = Promise.allSettled([session.exec("sleep 60"), session.exec("echo quick")]);
    await expect.poll(async () => (await opensshProcesses()).length).toBeGreaterThan(1);
    await session[Symbol.asyncDispose]();
    await running;
    await expect.poll(opensshProcesses).toEqual([]);
    expect(await readdir(temporary)).toEqual([]);
  });

  it("a session goes through jump hosts and a ProxyCommand, and leaves none of it", async () => {
    const hop = await host.shop.sshd({ authorized: [host.userKey], hostKeys: [host.hostKey], address: "127.0.0.2" });
    const known = await host.shop.file("known-hop", host.sshd.knownHosts + hop.knownHosts);
    const configFile = await host.shop.file(
      "config-hop",
      `Host hop\n HostName ${hop.address}\n Port ${hop.port}\nHost *\n User ${me}\n IdentityFile ${host.userKey.file}\n UserKnownHostsFile ${known}\n GlobalKnownHostsFile none\n`,
    );
    const context = over({ ...host.context, configFile });
    const proxy = ["-o", `ProxyCommand=ssh -F ${configFile} -W %h:%p hop`];
    expect(await whoami({ ...host.target, jump: "hop" }, context)).toBe(me);
    expect(await whoami({ ...host.target, sshOptions: proxy }, context)).toBe(me);
    await expect.poll(async () => (await hop.sessions()).length).toBe(0);
    await expect.poll(opensshProcesses).toEqual([]);
  });

  it("a host that cannot be reached is told as ever", async () => {
    const port = await freePort();
    await expect(whoami({ ...host.target, port }, over(host.context))).rejects.toMatchObject({
      code: "FLURRY_SSH_UNREACHABLE",
      message: `nas (127.0.0.1:${port}): nothing listens there`,
    });
    const nowhere = { ...host.target, addresses: ["no-such-host.invalid"] };
    await expect(whoami(nowhere, over(host.context))).rejects.toMatchObject({
      code: "FLURRY_SSH_UNREACHABLE",
      message: expect.stringContaining("no such host name"),
    });
    await expect(connect(host.target, over(host.context), { timeoutMs: 1 })).rejects.toMatchObject({
      code: "FLURRY_TIMEOUT",
    });
    await expect.poll(opensshProcesses).toEqual([]);
  });
});

/** The `ssh` processes that this file has started. */
async function opensshProcesses(): Promise<readonly string[]> {
  const { stdout } = await runProcess("ps", ["-o", "args=", "-p", (await descendants(process.pid)).join()]);
  return stdout.split("\n").filter((line) => /^(ssh|\/bin\/sh) /.test(line) && line.includes(host.shop.dir));
}
