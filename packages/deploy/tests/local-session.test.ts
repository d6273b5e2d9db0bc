import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { userInfo } from "node:os";

import { FlurryError, shellCommand, tempDir } from "@flurry/core";
import { parseFleet } from "@flurry/schema";
import type { DeployOptions } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import { HostLink } from "../src/host/host-link.ts";
import { LocalSession } from "../src/local/local-session.ts";
import { answeringPlace, operatorPlace, parseConnection, requireSshd } from "../src/local/operator-place.ts";

function open(env: NodeJS.ProcessEnv = process.env): LocalSession {
  return new LocalSession({ name: "nas", address: "10.0.20.10", env });
}

async function failure(promise: Promise<unknown>): Promise<FlurryError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof FlurryError) return error;
  throw new Error("it did not fail");
}

describe("a session with this very machine", () => {
  it("runs words as they are, gives them their input and tells how they ended", async () => {
    await using session = open();
    const words = ["printf", "%s\\n", "a b", "$HOME", "'", '"', "`id`", "é\n*"];
    expect((await session.exec(shellCommand(words))).stdout).toBe(`${words.slice(2).join("\n")}\n`);
    const result = await session.exec("cat; echo no >&2; exit 3", { stdin: "in" });
    expect(result).toEqual({ exitCode: 3, stdout: "in", stderr: "no\n" });
    expect(await session.exec("kill -KILL $$")).toMatchObject({ exitCode: null, signal: "SIGKILL" });
  });

  it("hands out lines as they come", async () => {
    await using session = open();
    const lines: string[] = [];
    const { stdout } = await session.exec("echo a; echo b", { onStdoutLine: (line) => void lines.push(line) });
    expect({ lines, stdout }).toEqual({ lines: ["a", "b"], stdout: "" });
  });

  it("gives commands what a login would: a home, and none of the deployer's settings and secrets", async () => {
    await using home = await tempDir("flurry-local-home");
    const env = { PATH: process.env["PATH"], HOME: home.path, TOKEN: "secret", NIX_CONFIG: "store = /x" };
    await using session = open(env);
    const { stdout } = await session.exec("pwd; env");
    expect(stdout.split("\n")[0]).toBe(home.path);
    expect(stdout).not.toMatch(/TOKEN|secret|NIX_/);
    await using homeless = open({ ...env, HOME: "/nonexistent" });
    expect((await homeless.exec("pwd")).stdout).toBe("/\n");
  });

  it("ends a command whose time is over, with all that it started", async () => {
    await using dir = await tempDir("flurry-local");
    await using session = open();
    const error = await failure(session.exec(`(sleep 2; touch ${dir.path}/late) & wait`, { timeoutMs: 200 }));
    expect(error).toMatchObject({ code: "FLURRY_TIMEOUT", host: "nas" });
    expect((await session.exec(`sleep 2.5; ls ${dir.path}`)).stdout).toBe("");
  });

  it("ends its commands when it is closed, and when the caller gives up", async () => {
    const session = open();
    const running = failure(session.exec("sleep 30"));
    await session[Symbol.asyncDispose]();
    await session.closed;
    expect(await running).toMatchObject({ code: "FLURRY_ABORTED" });
    await using other = open();
    expect(await failure(other.exec("sleep 30", { signal: AbortSignal.abort() }))).toMatchObject({
      code: "FLURRY_ABORTED",
    });
  });
});

describe("the link to the host that is this very machine", () => {
  function link(deploy: Partial<DeployOptions>, localHost = "nas"): HostLink {
    const fleet = parseFleet({ hosts: { nas: { address: "192.0.2.1" } } });
    const host = fleet.ok ? fleet.value.hosts[0] : undefined;
    if (host === undefined) throw new Error("the fleet has a host");
    return new HostLink({ ...host, deploy: { ...host.deploy, ...deploy } }, { env: process.env, localHost });
  }
  const options = { signal: new AbortController().signal };

  it("runs commands as who deploys, without ssh", async () => {
    await using own = link({ user: userInfo().username, sshUser: "somebody-else" });
    expect(own.isLocal).toBe(true);
    expect(await own.run(["id", "-un"], options)).toMatchObject({ stdout: `${userInfo().username}\n`, exitCode: 0 });
    await own.freshSession(options.signal);
    expect((await own.run(["echo", "again"], options)).stdout).toBe("again\n");
  });

  it("puts the words in front that make another user of it", async () => {
    await using own = link({ user: "another", sudo: ["sh", "-c", 'echo "as another"; exec "$@"', "sudo"] });
    expect((await own.run(["echo", "done"], options)).stdout).toBe("as another\ndone\n");
  });

  it("says how to become that user where that is refused", async () => {
    const sudo = ["sh", "-c", "echo 'sudo: a password is required' >&2; exit 1", "sudo"];
    await using own = link({ user: "another", sudo });
    expect(await failure(own.call(["true"], options))).toMatchObject({
      code: "FLURRY_SUDO_REFUSED",
      hint: "Run it as another, or give the password with --ask-sudo-password.",
    });
  });

  it("takes no half of an answer for an answer", async () => {
    await using own = link({ user: userInfo().username });
    const half = "echo '@flurry verdict=committed'; kill -KILL $$";
    expect(await failure(own.call(["sh", "-c", half], options))).toMatchObject({
      code: "FLURRY_REMOTE_COMMAND_FAILED",
      message: expect.stringMatching(/ended with (signal SIGKILL|exit code 137)/),
    });
    const whole = await own.call(["sh", "-c", "echo '@flurry refused=locked'; exit 75"], options);
    expect(whole.one("refused")).toBe("locked");
  });

  it("is none to a host of another name", () => expect(link({}, "compute").isLocal).toBe(false));
});

describe("where the operator came in", () => {
  async function listener(greeting: string) {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.end(greeting);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const close = async (): Promise<void> => {
      server.close();
      await once(server, "close");
    };
    return { port, close, env: { SSH_CONNECTION: `192.0.2.7 50000 127.0.0.1 ${port}` } };
  }
  const { signal } = new AbortController();

  it.each([
    ["192.0.2.7 50000 10.0.20.10 22", { address: "10.0.20.10", port: 22 }],
    ["fe80::1%eth0 50000 fe80::2%eth0 2222", { address: "fe80::2%eth0", port: 2222 }],
    ["", undefined],
    ["192.0.2.7 50000 10.0.20.10 x", undefined],
  ])("%j is %j", (text, place) => expect(parseConnection(text)).toEqual(place));

  it("is found in the environment of an ancestor, as sudo drops it from one's own", async () => {
    await using session = open({ ...process.env, SSH_CONNECTION: "192.0.2.7 50000 10.0.20.10 22" });
    let found: unknown;
    const look = async (pid: string): Promise<void> => {
      found = await operatorPlace({}, Number(pid));
      process.kill(Number(pid));
    };
    const looks: Promise<void>[] = [];
    const command = "env -u SSH_CONNECTION sh -c 'echo $$; exec sleep 60'; true";
    await session.exec(command, { onStdoutLine: (pid) => void looks.push(look(pid)) });
    await Promise.all(looks);
    expect(found).toEqual({ address: "10.0.20.10", port: 22 });
  });

  it("must still have an sshd", async () => {
    const sshd = await listener("SSH-2.0-test\r\n");
    const web = await listener("HTTP/1.1 400 Bad Request\r\n\r\n");
    const place = { address: "127.0.0.1", port: sshd.port };
    await requireSshd(place, signal);
    expect(await answeringPlace(sshd.env, signal)).toEqual(place);
    const other = await failure(requireSshd({ address: "127.0.0.1", port: web.port }, signal));
    expect(other.code).toBe("FLURRY_SSH_UNREACHABLE");
    await Promise.all([sshd.close(), web.close()]);
    expect(await failure(requireSshd(place, signal))).toMatchObject({ code: "FLURRY_SSH_UNREACHABLE" });
    // A shell may have outlived the login that it was begun in.
    expect(await answeringPlace(sshd.env, signal)).toBeUndefined();
  });
});
