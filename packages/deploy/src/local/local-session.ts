import { abortReason, deadline, FlurryError, runProcess } from "@flurry/core";
import type { ExecOptions, ExecResult, SharedConnection, SshSession } from "@flurry/ssh";

import { loginEnvironment } from "./login-environment.ts";

/** Whose session it is. */
export interface LocalSessionSetup {
  /** What errors call the host. */
  readonly name: string;
  /** Where others find this machine, as far as the fleet knows. */
  readonly address: string;
  /** The environment of the deployer; commands get of it what a login would give them. */
  readonly env: NodeJS.ProcessEnv;
}

/** Milliseconds between the end of a command's time and the moment at which it is no longer waited for. */
const patienceMs = 5000;

/** A login begins in the user's home. */
const atHome = 'cd -- "${HOME:-/}" 2> /dev/null; exec /bin/sh -c "$0"';

/**
 * This very machine behind the interface of a connection: each command is a process of its own, with a login's
 * environment and its own process group, as sshd would have started it.
 */
export class LocalSession implements SshSession {
  readonly address: string;
  readonly closed: Promise<void>;
  readonly #name: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #ended = new AbortController();

  constructor({ name, address, env }: LocalSessionSetup) {
    this.#name = name;
    this.address = address;
    this.#env = loginEnvironment(env);
    this.closed = new Promise((resolve) => {
      this.#ended.signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  async exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    const { timeoutMs = 600_000, signal: parent, ...rest } = options;
    using limit = deadline(timeoutMs, `a command on ${this.#name}`, parent);
    const signal = AbortSignal.any([limit.signal, this.#ended.signal]);
    const process = { ...rest, env: this.#env, cwd: "/", signal, timeoutMs: timeoutMs + patienceMs };
    try {
      const running = runProcess("/bin/sh", ["-c", atHome, command], process);
      const { exitCode, signal: ending, stdout, stderr } = await Promise.race([running, givenUp(signal)]);
      return { exitCode, stdout, stderr, ...(ending === null ? {} : { signal: ending }) };
    } catch (error) {
      throw FlurryError.is(error) ? error.withHost(this.#name) : error;
    }
  }

  /** @throws RangeError always: no `ssh` leads to this machine */
  async share(): Promise<SharedConnection> {
    throw new RangeError("this machine is not reached by ssh");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
  }
}

/** Rejects some time after the signal: what sudo runs belongs to another user and cannot be ended from here. */
async function givenUp(signal: AbortSignal): Promise<never> {
  return await new Promise((_, reject) => {
    const wait = (): void => {
      setTimeout(() => reject(abortReason(signal, "the command")), patienceMs).unref();
    };
    if (signal.aborted) wait();
    else signal.addEventListener("abort", wait, { once: true });
  });
}
