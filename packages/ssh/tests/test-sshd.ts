import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { connect as dial, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";

import { runProcess, sleep, tempDir } from "@flurry/core";

/** The user that sshd runs as and that the tests log in as. */
export const me = userInfo().username;

/** A place for keys, configurations and logs of one test file. */
export interface Workshop extends AsyncDisposable {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  /** A private key file; its public half is beside it. */
  key(name: string, options?: KeyOptions): Promise<TestKey>;
  /** A file of this text. */
  file(name: string, text: string): Promise<string>;
  sshd(options: SshdOptions): Promise<TestSshd>;
}

export interface KeyOptions {
  readonly type?: "ed25519" | "ecdsa" | "rsa";
  readonly passphrase?: string;
  /** -m: PEM, PKCS8. */
  readonly format?: string;
}

export interface TestKey {
  readonly file: string;
  /** "ssh-ed25519 AAAA…" without a comment. */
  readonly publicKey: string;
}

export interface SshdOptions {
  readonly authorized: readonly TestKey[];
  readonly hostKeys: readonly TestKey[];
  readonly address?: string;
  /** More lines of sshd_config. */
  readonly config?: readonly string[];
}

/** A real sshd of our own. */
export interface TestSshd extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** The daemon that listens. */
  readonly pid: number;
  /** The processes of its connections. */
  sessions(): Promise<readonly number[]>;
  /** "[127.0.0.1]:2222 ssh-ed25519 AAAA…" lines. */
  readonly knownHosts: string;
  log(): Promise<string>;
}

export async function workshop(): Promise<Workshop> {
  const dir = await tempDir("flurry-ssh-test");
  const daemons: TestSshd[] = [];
  const env: NodeJS.ProcessEnv = { PATH: `${process.env["PATH"]}:/usr/sbin:/sbin`, HOME: dir.path, LC_ALL: "C" };
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(dir.path, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  return {
    dir: dir.path,
    env,
    file,
    key: async (name, { type = "ed25519", passphrase = "", format } = {}) => {
      const path = join(dir.path, name);
      const args = ["-q", "-t", type, "-N", passphrase, "-C", name, "-f", path, ...(format ? ["-m", format] : [])];
      const { exitCode, stderr } = await runProcess("ssh-keygen", args, { env });
      if (exitCode !== 0) throw new Error(stderr);
      const [keyType, base64] = (await readFile(`${path}.pub`, "utf8")).split(" ");
      return { file: path, publicKey: `${keyType} ${base64}` };
    },
    sshd: async (options) => {
      const daemon = await startSshd(options, { dir: dir.path, file, name: `sshd-${daemons.length}`, env });
      daemons.push(daemon);
      return daemon;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(daemons.map((daemon) => daemon[Symbol.asyncDispose]()));
      await dir[Symbol.asyncDispose]();
    },
  };
}

interface Surroundings {
  readonly dir: string;
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
  readonly file: Workshop["file"];
}

/** Between the choice of a free port and sshd another test may have taken it: then it is another one's turn. */
async function startSshd(options: SshdOptions, surroundings: Surroundings): Promise<TestSshd> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startSshdOnce(options, surroundings);
    } catch (error) {
      if (attempt === 5 || !String(error).includes("Address already in use")) throw error;
    }
  }
}

async function startSshdOnce(options: SshdOptions, { dir, file, name, env }: Surroundings): Promise<TestSshd> {
  const { address = "127.0.0.1", authorized, hostKeys, config = [] } = options;
  const port = await freePort(address);
  // OpenSSH wants its privilege separation directory when it is started by root.
  if (userInfo().uid === 0) await mkdir("/run/sshd", { recursive: true });
  const keys = await file(`${name}.authorized`, authorized.map(({ publicKey }) => `${publicKey}\n`).join(""));
  const lines = [
    ...config,
    `Port ${port}`,
    `ListenAddress ${address}`,
    ...hostKeys.map((key) => `HostKey ${key.file}`),
    `AuthorizedKeysFile ${keys}`,
    // Keeps the start-up files of whoever runs the tests out of the sessions.
    `SetEnv HOME=${dir}`,
    "UsePAM no",
    "StrictModes no",
    "PidFile none",
    "PrintLastLog no",
    "PrintMotd no",
    "UseDNS no",
    // Of this setting, unlike others, the last value counts.
    ...(config.some((line) => line.startsWith("MaxStartups")) ? [] : ["MaxStartups 100"]),
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin prohibit-password",
    "LogLevel VERBOSE",
  ];
  const configFile = await file(`${name}.config`, `${lines.join("\n")}\n`);
  const logFile = join(dir, `${name}.log`);
  const child = spawn("/usr/sbin/sshd", ["-D", "-f", configFile, "-E", logFile], { stdio: "ignore", env });
  const log = (): Promise<string> => readFile(logFile, "utf8").catch(() => "");
  await untilListening(child, address, port).catch(async (error: unknown) => {
    throw new Error(`${String(error)}\n${await log()}`);
  });
  const pid = child.pid ?? 0;
  return {
    address,
    port,
    pid,
    sessions: () => descendants(pid),
    knownHosts: hostKeys.map(({ publicKey }) => `[${address}]:${port} ${publicKey}\n`).join(""),
    log,
    [Symbol.asyncDispose]: async () => {
      const sessions = await descendants(pid);
      const exited = new Promise((resolve) => {
        child.once("exit", resolve);
      });
      for (const each of [pid, ...sessions]) kill(each, "SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await exited;
    },
  };
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** Processes that a process has started, and those that these have started. */
export async function descendants(pid: number): Promise<readonly number[]> {
  const { stdout } = await runProcess("ps", ["-e", "-o", "pid=,ppid="]);
  const pairs = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found: number[] = [];
  for (let next = [pid]; next.length > 0;) {
    next = pairs.flatMap(([child = 0, parent = 0]) => (next.includes(parent) ? [child] : []));
    found.push(...next);
  }
  return found;
}

async function untilListening(child: ChildProcess, address: string, port: number): Promise<void> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    const isThere = await answers(address, port);
    // Whoever answers in the place of an sshd that has ended is somebody else.
    if (child.exitCode !== null) throw new Error(`sshd ended with ${child.exitCode}`);
    if (isThere) return;
    await sleep(50);
  }
  throw new Error("sshd does not listen");
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial({ host, port });
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** A port that nothing listens on. */
export async function freePort(address = "127.0.0.1"): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, address, resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}
