import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { access, rm } from "node:fs/promises";
import { connect as dial, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";

import { runProcess } from "@flurry/core";
import type { ProcessResult } from "@flurry/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { connect, nixSshOpts } from "../src/index.ts";
import type { SharedConnection, SshSession } from "../src/index.ts";
import { singleHost } from "./single-host.ts";
import type { SingleHost } from "./single-host.ts";

const loads = [
  { transport: "ssh2", load: "some", mode: "proxy" },
  { transport: "ssh2", load: "bulk", mode: "files" },
  { transport: "openssh", load: "some", mode: "files" },
] as const;

describe.each(loads)("over a connection of $transport for $load", ({ transport, load, mode }) => {
  // Only a client that speaks with the host itself prints the line; Nix asks first whether there is a master (`-O check`).
  const started = mode === "proxy" ? "started\n" : "";
  const proxy = mode === "proxy" ? ["-O", "proxy"] : [];
  let host: SingleHost;
  let session: SshSession;
  let shared: SharedConnection;
  beforeAll(async () => {
    host = await singleHost([], transport);
    session = await connect(host.target, host.context);
    shared = await session.share({ load });
  });
  afterAll(async () => {
    await shared[Symbol.asyncDispose]();
    await session[Symbol.asyncDispose]();
    await host[Symbol.asyncDispose]();
  });

  /** The words of Nix since 2.19, which waits for a line that its `ssh` prints itself. */
  async function words(command: string): Promise<string[]> {
    await using opts = await nixSshOpts(host.target, "127.0.0.1", host.context, { shared });
    const local = ["-oPermitLocalCommand=yes", "-oLocalCommand=echo started"];
    return [opts.storeHost, "-x", ...opts.value.split(" "), ...local, "--", command];
  }

  async function ssh(command: string, stdin: string | Uint8Array = ""): Promise<ProcessResult> {
    return await runProcess("ssh", await words(command), { env: host.shop.env, stdin });
  }

  it("`ssh` runs commands, and none of them connects", async () => {
    const accepted = async (): Promise<number> => (await host.sshd.log()).split("Accepted publickey").length - 1;
    const before = await accepted();
    const results = await Promise.all([ssh("echo out; echo err >&2; exit 3"), ssh("cat", "in"), ssh("true")]);
    expect(results.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual([
      [3, `${started}out\n`],
      [0, `${started}in`],
      [0, started],
    ]);
    expect(results[0].stderr).toContain("err\n");
    expect(await accepted()).toBe(before);
  });

  it("takes much in both directions", async () => {
    const stdin = randomBytes(5 * 1024 * 1024);
    const { stdout } = await ssh("sha256sum", stdin);
    expect(stdout).toContain(createHash("sha256").update(stdin).digest("hex"));
    const { stdout: much, stderr } = await ssh("head -c 5000000 /dev/zero | tr '\\0' a");
    expect(much.length).toBe(started.length + 5_000_000);
    expect(stderr).toBe("");
  });

  it("ends the command of a client that is gone", async () => {
    const client = spawn("ssh", await words("echo $$; exec cat"), { env: host.shop.env });
    const pid = await new Promise<number>((resolve) => {
      client.stdout.on("data", (text: Buffer) => {
        const number = Number(/\d+/.exec(text.toString())?.[0] ?? "");
        if (number > 0) resolve(number);
      });
    });
    client.kill("SIGKILL");
    await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
  });

  it("tells Nix whether a line comes first", async () => {
    expect(shared.mode).toBe(mode);
    const check = await runProcess("ssh", ["-F", "none", "-S", shared.socket, "-O", "check", "host"], {
      env: host.shop.env,
    });
    expect(check.exitCode).toBe(mode === "proxy" ? 255 : 0);
  });

  it("ends its clients with it, and leaves no socket", async () => {
    const other = await connect(host.target, host.context);
    const place = await other.share({ load });
    const begun = join(host.shop.dir, "begun");
    const command = `: > ${begun}; exec sleep 60`;
    const running = runProcess("ssh", ["-F", "none", "-S", place.socket, ...proxy, "host", command], {
      env: host.shop.env,
    });
    await expect.poll(() => existsSync(begun)).toBe(true);
    await place[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    expect((await running).exitCode).toBe(255);
    await expect(access(place.socket)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("a host that OpenSSH finds no way to log in to", () => {
  it("takes bulk over the connection that is there", async () => {
    await using host = await singleHost([], "ssh2");
    await using session = await connect(host.target, host.context);
    await rm(host.userKey.file);
    await using shared = await session.share({ load: "bulk" });
    expect(shared.mode).toBe("proxy");
  });
});

describe("over a slow line", () => {
  it("much that is sent does not pass for a dead peer", async () => {
    await using host = await singleHost([], "ssh2");
    await using line = await slowLine(host.sshd.port, 400_000);
    const target = { ...host.target, port: line.port, hostKeys: [host.hostKey.publicKey] };
    await using session = await connect(target, { ...host.context, keepaliveMs: 1000 });
    // All of it is on its way at once, and takes longer than three questions may go unanswered.
    const stdin = Buffer.alloc(1_500_000);
    expect(await session.exec("wc -c", { stdin })).toMatchObject({ exitCode: 0, stdout: "1500000\n" });
  });
});

/** A way to a port of this machine that carries only so many bytes a second there. */
async function slowLine(port: number, bytesPerSecond: number): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = dial({ host: "127.0.0.1", port });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => {
        near.destroy();
        far.destroy();
      });
    }
    far.pipe(near);
    near.on("data", (chunk: Buffer) => {
      near.pause();
      far.write(chunk);
      setTimeout(() => near.resume(), (chunk.length / bytesPerSecond) * 1000);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port: own } = server.address() as AddressInfo;
  return {
    port: own,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
