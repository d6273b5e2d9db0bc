import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { Duplex } from "node:stream";
import type { Readable, Writable } from "node:stream";

type ProxyProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/** The standard streams of a ProxyCommand as one stream. Destroying it ends the command and all it started. */
export class ProxyCommandStream extends Duplex {
  readonly #child: ProxyProcess;
  /** Resolves when the command has ended. */
  readonly ended: Promise<void>;
  #log = "";

  /**
   * Starts a command through /bin/sh, in a process group of its own. `runProcess` cannot do this: the streams are the
   * connection.
   */
  constructor(command: string, env: NodeJS.ProcessEnv) {
    super({ allowHalfOpen: false });
    this.#child = spawn("/bin/sh", ["-c", `exec ${command}`], { env, stdio: "pipe", detached: true });
    this.ended = new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.once("error", () => resolve());
    });
    this.#child.once("error", (error) => this.destroy(error));
    this.#child.stdin.on("error", (error) => this.destroy(error));
    this.#child.stdout.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) this.#child.stdout.pause();
    });
    this.#child.stdout.once("end", () => this.push(null));
    this.#child.stderr.on("data", (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString("utf8")).slice(-2000);
    });
    this.#child.once("close", () => this.destroy());
  }

  /** The end of what the command said on its standard error. */
  get log(): string {
    return this.#log.trim();
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#child.stdin.write(chunk, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#child.stdin.end(callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#child.stdin.destroy();
    this.#signal("SIGTERM");
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const escalation = setTimeout(() => this.#signal("SIGKILL"), 1000);
      this.#child.once("exit", () => {
        clearTimeout(escalation);
        this.#signal("SIGKILL");
      });
    }
    callback(error);
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // ESRCH: the group has ended.
    }
  }
}
