import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { networkInterfaces } from "node:os";

import { runProcess } from "@flurry/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { connect, JumpPool } from "../src/index.ts";
import type { SshContext, SshTarget } from "../src/index.ts";
import { singleHost, transports } from "./single-host.ts";
import type { SingleHost } from "./single-host.ts";
import { descendants, freePort, kill, me } from "./test-sshd.ts";
import type { TestSshd } from "./test-sshd.ts";

let host: SingleHost;
let hops: readonly TestSshd[];
let context: SshContext;
const hasIpv6 = Object.values(networkInterfaces()).some((ways = []) => ways.some(({ address }) => address === "::1"));
const viaPorts = "echo ${SSH_CONNECTION##* } ${SSH_CONNECTION%% *}";

beforeAll(async () => {
  host = await singleHost();
  const { shop, userKey } = host;
  hops = [
    await shop.sshd({ authorized: [userKey], hostKeys: [await shop.key("hop-1")], address: "127.0.0.2" }),
    await shop.sshd({ authorized: [userKey], hostKeys: [await shop.key("hop-2")], address: "127.0.0.3" }),
  ];
  const known = await shop.file("known_hosts-all", [host.sshd, ...hops].map(({ knownHosts }) => knownHosts).join(""));
  const blocks = [host.sshd, ...hops].map(
    ({ address, port }, index) => `Host ${["target", "hop1", "hop2"][index]}\n HostName ${address}\n Port ${port}\n`,
  );
  const general = `Host *\n User ${me}\n IdentityFile ${userKey.file}\n UserKnownHostsFile ${known}\n GlobalKnownHostsFile none\n`;
  const configFile = await shop.file("config-all", blocks.join("") + general);
  context = { env: shop.env, configFile };
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const target: SshTarget = { name: "target", addresses: ["target"] };

async function run(command: string, more: Partial<SshTarget>, settings: Partial<SshContext> = {}): Promise<string> {
  await using session = await connect({ ...target, ...more }, { ...context, ...settings });
  return (await session.exec(command)).stdout.trim();
}

async function withConfig(text: string): Promise<SshContext> {
  const configFile = await host.shop.file(
    `config-${Math.random()}`,
    `${text}\nHost *\n Include ${context.configFile}\n`,
  );
  return { ...context, configFile };
}

describe("jump hosts", () => {
  it.each([
    ["one alias", () => "hop1", 1],
    ["two aliases", () => "hop1,hop2", 2],
    ["user, address and port", () => `${me}@${hops[0]?.address}:${hops[0]?.port}`, 1],
    ["a URI", () => `ssh://${me}@${hops[1]?.address}:${hops[1]?.port}`, 1],
  ])("lead to the host: %s", async (_, jump, count) => {
    const before = await Promise.all(hops.map(accepted));
    expect(await run("echo there", { jump: jump() })).toBe("there");
    const after = await Promise.all(hops.map(accepted));
    expect(after.reduce((sum, n, index) => sum + n - (before[index] ?? 0), 0)).toBe(count);
  });

  it("come from the configuration, each with its own", async () => {
    const nested = await withConfig("Host target\n ProxyJump hop2\nHost hop2\n ProxyJump hop1\n");
    const before = await Promise.all(hops.map(accepted));
    expect(await run("echo there", {}, nested)).toBe("there");
    expect(await Promise.all(hops.map(accepted))).toEqual(before.map((n) => n + 1));
    expect(await run("echo there", { jump: "none" }, nested)).toBe("there");
    expect(await Promise.all(hops.map(accepted))).toEqual(before.map((n) => n + 1));
  });

  it("are verified under their own names", async () => {
    const unknown = await withConfig("Host hop1\n HostKeyAlias somebody-else\n");
    await expect(run("true", { jump: "hop1" }, unknown)).rejects.toMatchObject({
      code: "FLURRY_SSH_HOST_KEY_UNKNOWN",
      host: "target",
      message: expect.stringContaining(`jump host hop1 (127.0.0.2:${hops[0]?.port}) shows the ssh-ed25519 key`),
    });
  });

  it("that go round in circles are found out", async () => {
    const circle = await withConfig(
      "Host target\n ProxyJump hop1\nHost hop1\n ProxyJump hop2\nHost hop2\n ProxyJump hop1\n",
    );
    await expect(run("true", {}, circle)).rejects.toMatchObject({ code: "FLURRY_SSH_CONFIG_INVALID" });
  });

  it("tell why they cannot reach the host", async () => {
    const port = await freePort();
    await expect(run("true", { jump: "hop1", port })).rejects.toMatchObject({
      code: "FLURRY_SSH_UNREACHABLE",
      message: `target (127.0.0.1:${port}): jump host hop1 (127.0.0.2:${hops[0]?.port}) cannot reach it: Connection refused`,
    });
  });

  it("take the session with them when they die, and leave no connection behind", async () => {
    await using session = await connect({ ...target, jump: "hop1,hop2" }, context);
    const running = Promise.allSettled([session.exec("sleep 60")]);
    await session.exec("true");
    for (const pid of (await hops[0]?.sessions()) ?? []) kill(pid, "SIGKILL");
    expect(await running).toMatchObject([{ status: "rejected", reason: { code: "FLURRY_SSH_CONNECTION_LOST" } }]);
    await session.closed;
    await expect.poll(async () => (await hops[1]?.sessions())?.length).toBe(0);
  });
});

describe.each(transports)("a jump host that lets few in at a time, over %s", (transport) => {
  const over = (settings: SshContext): SshContext & { readonly jumps: JumpPool } => ({
    ...settings,
    env: { ...settings.env, FLURRY_SSH_TRANSPORT: transport },
    answers: new Map(),
    jumps: new JumpPool(),
  });

  it.each(transport === "ssh2" ? [20] : [6])(
    "is entered once by %i hosts at the same time, and left by the last",
    async (count) => {
      await using bastion = await singleHost(["MaxStartups 1:100:1", "MaxSessions 1"]);
      const place = bastion.sshd;
      const through = await withConfig(
        `Host bastion\n HostName ${place.address}\n Port ${place.port}\n User ${me}\n IdentityFile ${bastion.userKey.file}\n UserKnownHostsFile ${bastion.knownHostsFile}\n`,
      );
      const shared = over(through);
      const hosts = Array.from({ length: count }, (_, index) => ({
        ...target,
        name: `host-${index}`,
        jump: "bastion",
      }));
      const sessions = await Promise.all(hosts.map((each) => connect(each, shared)));
      const said = await Promise.all(sessions.map((session, index) => session.exec(`echo ${index}`)));
      expect(said.map(({ stdout }) => Number(stdout))).toEqual(hosts.map((_, index) => index));
      expect(await accepted(place)).toBe(1);
      await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()));
      expect(shared.jumps.size).toBe(0);
      await expect.poll(async () => (await place.sessions()).length).toBe(0);
    },
  );

  it("takes all sessions with it when it dies, and the next ones find it again", async () => {
    const shared = over(context);
    const sessions = await Promise.all([1, 2, 3].map(() => connect({ ...target, jump: "hop1" }, shared)));
    for (const pid of (await hops[0]?.sessions()) ?? []) kill(pid, "SIGKILL");
    await Promise.all(sessions.map((session) => session.closed));
    await expect(sessions[0]?.exec("true")).rejects.toMatchObject({ code: "FLURRY_SSH_CONNECTION_LOST" });
    await using again = await connect({ ...target, jump: "hop1" }, shared);
    expect(await again.exec("echo back")).toMatchObject({ stdout: "back\n" });
  });
});

describe("a ProxyCommand", () => {
  it("of the configuration is the way, with its tokens", async () => {
    const log = `${host.shop.dir}/proxied`;
    const proxied = await withConfig(
      `Host target\n ProxyCommand sh -c 'echo %h %p %r %n %% > ${log}; exec ssh -F ${context.configFile} -W %h:%p hop1'\n`,
    );
    expect(await run("echo there", {}, proxied)).toBe("there");
    const { stdout } = await runProcess("cat", [log]);
    expect(stdout).toBe(`127.0.0.1 ${host.sshd.port} ${me} target %\n`);
  });

  it("ends with the session, with all that it started", async () => {
    const proxied = await withConfig(
      "Host target\n ProxyCommand sh -c 'sleep 77 & ssh -W %h:%p hop1 -F " + context.configFile + "'\n",
    );
    const session = await connect(target, proxied);
    expect(await session.exec("echo there")).toMatchObject({ stdout: "there\n" });
    const started = await descendants(process.pid);
    await session[Symbol.asyncDispose]();
    const names = async (): Promise<string> => (await runProcess("ps", ["-o", "args=", "-p", started.join()])).stdout;
    await expect.poll(names).not.toMatch(/sleep 77|ssh -W/);
  });

  it("that fails says what it said", async () => {
    const failing = await withConfig("Host target\n ProxyCommand sh -c 'echo no such bastion >&2; exit 1'\n");
    await expect(run("true", {}, failing)).rejects.toMatchObject({
      code: "FLURRY_SSH_UNREACHABLE",
      message: expect.stringContaining("no such bastion"),
    });
  });

  it("that is silent is given up", async () => {
    // Of its own length: other runs of this test on the machine have theirs.
    const mute = `sleep 78.${process.pid}`;
    const silent = await withConfig(`Host target\n ProxyCommand ${mute}\n`);
    await expect(run("true", {}, { ...silent, connectTimeoutMs: 300 })).rejects.toMatchObject({
      code: "FLURRY_SSH_UNREACHABLE",
    });
    const commands = async (): Promise<readonly string[]> =>
      (await runProcess("ps", ["-e", "-o", "args="])).stdout.split("\n");
    await expect.poll(commands).not.toContain(mute);
  });
});

describe("an address that does not work", () => {
  it("refuses when nothing listens", async () => {
    const port = await freePort();
    await expect(run("true", { port })).rejects.toMatchObject({
      code: "FLURRY_SSH_UNREACHABLE",
      host: "target",
      message: `target (127.0.0.1:${port}): nothing listens there`,
    });
  });

  it("is given up when it accepts and says nothing", async () => {
    await using silent = await silentServer();
    await expect(run("true", { port: silent.port }, { connectTimeoutMs: 400 })).rejects.toMatchObject({
      code: "FLURRY_SSH_UNREACHABLE",
      message: "connecting to target at target did not end within 400 ms",
    });
  });

  it("may speak another protocol, or hang up", async () => {
    await using web = await silentServer("HTTP/1.1 400 Bad Request\r\n\r\n");
    await expect(run("true", { port: web.port })).rejects.toMatchObject({ code: "FLURRY_SSH_UNREACHABLE" });
  });

  it("may be a name that nobody knows", async () => {
    await expect(run("true", { addresses: ["no-such-host.invalid"] })).rejects.toMatchObject({
      code: "FLURRY_SSH_UNREACHABLE",
      message: expect.stringContaining("no-such-host.invalid:22"),
    });
  });

  it("is followed by the next one, and the error tells of each", async () => {
    const port = await freePort();
    const config = await withConfig(
      `Host dead\n HostName 127.0.0.1\n Port ${port}\nHost mute\n HostName 127.0.0.4\n Port ${port}\n`,
    );
    const addresses = ["dead", "mute", "target"];
    await using session = await connect({ ...target, addresses }, config);
    expect(session.address).toBe("target");
    await expect(run("true", { addresses: ["dead", "mute"] }, config)).rejects.toMatchObject({
      code: "FLURRY_SSH_UNREACHABLE",
      message: `target cannot be reached at any of its addresses:
  dead: target (127.0.0.1:${port}): nothing listens there;
  mute: target (127.0.0.4:${port}): nothing listens there`,
    });
    const wrongKey = await withConfig(
      `Host dead\n HostName 127.0.0.1\n Port ${port}\nHost target\n HostKeyAlias other\n`,
    );
    await expect(run("true", { addresses: ["target", "dead"] }, wrongKey)).rejects.toMatchObject({
      code: "FLURRY_SSH_HOST_KEY_UNKNOWN",
      details: expect.stringContaining("nothing listens there"),
    });
  });

  it("is given up when the caller aborts, or has no time left", async () => {
    await using silent = await silentServer();
    const slow = { ...target, port: silent.port };
    const signal = AbortSignal.timeout(200);
    await expect(connect(slow, context, { signal })).rejects.toMatchObject({ code: "FLURRY_ABORTED", host: "target" });
    await expect(connect(slow, context, { timeoutMs: 200 })).rejects.toMatchObject({ code: "FLURRY_TIMEOUT" });
    await expect(connect(slow, context, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "FLURRY_ABORTED",
    });
    await expect.poll(() => silent.connections()).toBe(0);
  });
});

describe("a target that makes no sense", () => {
  it.each([
    [{ addresses: [] }, "FLURRY_SSH_CONFIG_INVALID"],
    [{ addresses: ["-oProxyCommand=touch /tmp/pwned"] }, "FLURRY_SSH_UNSAFE_NAME"],
    [{ addresses: ["target", "$(id)"] }, "FLURRY_SSH_UNSAFE_NAME"],
    [{ user: "-l" }, "FLURRY_SSH_UNSAFE_NAME"],
    [{ jump: "hop1,-oProxyCommand=id" }, "FLURRY_SSH_UNSAFE_NAME"],
    [{ sshOptions: ["other-host"] }, "FLURRY_SSH_CONFIG_INVALID"],
    [{ sshOptions: ["-o", "NoSuchOption=1"] }, "FLURRY_SSH_CONFIG_INVALID"],
    [{ jump: "hop1", sshOptions: ["-J", "hop2"] }, "FLURRY_SSH_CONFIG_INVALID"],
    [{ port: 70_000 }, "FLURRY_SSH_CONFIG_INVALID"],
  ] satisfies readonly [Partial<SshTarget>, string][])("is refused: %j", async (more, code) => {
    await expect(run("true", more)).rejects.toMatchObject({ code, host: "target" });
  });

  it("is told apart from a machine without ssh", async () => {
    await expect(run("true", {}, { env: { PATH: "/nowhere" } })).rejects.toMatchObject({
      code: "FLURRY_PROCESS_NOT_FOUND",
      host: "target",
      hint: "Install ssh or put it on PATH.",
    });
  });
});

it.runIf(hasIpv6)("reaches a host over IPv6", async () => {
  const sshd = await host.shop.sshd({ authorized: [host.userKey], hostKeys: [host.hostKey], address: "::1" });
  const six = { port: sshd.port, hostKeys: [host.hostKey.publicKey] };
  expect(await run(viaPorts, { ...six, addresses: ["::1"] })).toBe(`${sshd.port} ::1`);
  expect(await run(viaPorts, { ...six, addresses: ["[::1]"] })).toBe(`${sshd.port} ::1`);
});

/** How many logins a host has seen. */
async function accepted(sshd: TestSshd): Promise<number> {
  return (await sshd.log()).split("\n").filter((line) => line.startsWith("Accepted publickey for")).length;
}

async function silentServer(
  greeting?: string,
): Promise<AsyncDisposable & { readonly port: number; connections(): Promise<number> }> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {}).resume();
    if (greeting !== undefined) socket.end(greeting);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}
