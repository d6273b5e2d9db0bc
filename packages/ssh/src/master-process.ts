import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { access } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";

import { sleep } from "@flurry/core";

const maxLogLength = 64 * 1024;
const graceMs = 1000;

/**
 * Starts `ssh`, and ends it when our end of the pipe is closed, which the system does even for a process that was killed.
 * Else a control master would outlive us.
 */
const guarded = `exec 3<&0
ssh "$@" </dev/null 3<&- &
master=$!
{ read -r _ <&3; kill "$master"; } >/dev/null 2>&1 &
wait "$master"`;

/**
 * A control master with what it says. `runProcess` cannot do this: the process lives as long as its session, and its log
 * is read meanwhile.
 */
export class MasterProcess {
  readonly #child: ChildProcessByStdio<Writable, null, Readable>;
  /** Resolves when it has ended and all it said is read. Never rejects. */
  readonly ended: Promise<void>;
  #log = "";
  #line = "";
  #isOver = false;
  readonly #killed = new Set<number>();

  /** @param words - the command line of `ssh` */
  constructor(words: readonly string[], { env, cwd }: { readonly env: NodeJS.ProcessEnv; readonly cwd?: string }) {
    this.#child = spawn("/bin/sh", ["-c", guarded, "flurry-ssh", ...words], {
      // Nobody sits at a window to be asked either.
      env: { ...env, SSH_ASKPASS_REQUIRE: "never" },
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ["pipe", "ignore", "pipe"],
      detached: true,
    });
    this.#child.stdin.on("error", () => {});
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    this.ended = new Promise((resolve) => {
      this.#child.once("error", (error) => {
        this.#log += error.message;
        this.#isOver = true;
        resolve();
      });
      this.#child.once("exit", () => {
        this.#isOver = true;
        this.#signal("SIGKILL");
      });
      this.#child.once("close", () => resolve());
    });
  }

  /** The end of what it said. */
  get log(): string {
    return this.#log;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Waits until clients can come: then the user is authenticated.
   *
   * @returns false when the process has ended instead
   * @throws FlurryError the reason of `signal`
   */
  async untilListening(socket: string, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const isListening = await access(socket).then(
        () => true,
        () => false,
      );
      if (isListening) return true;
      if (this.#isOver) {
        await this.ended;
        return false;
      }
      await sleep(15, signal);
    }
  }

  /** Whether the host has said that a signal ended the command of a channel; asking forgets it. */
  wasKilled(channel: number): boolean {
    return this.#killed.delete(channel);
  }

  /** Ends the process and all that it started, such as a ProxyCommand. */
  async end(): Promise<void> {
    // The shell sees that and ends the master politely.
    this.#child.stdin.destroy();
    const escalation = setTimeout(() => this.#signal("SIGKILL"), graceMs);
    await this.ended;
    clearTimeout(escalation);
  }

  #read(text: string): void {
    const clean = text.replaceAll("\r", "");
    this.#log = (this.#log + clean).slice(-maxLogLength);
    const lines = (this.#line + clean).split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) {
      const channel = /client_input_channel_req: channel (\d+) rtype exit-signal/.exec(line)?.[1];
      if (channel !== undefined) this.#killed.add(Number(channel));
    }
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
