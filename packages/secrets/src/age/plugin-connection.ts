import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { tmpdir } from "node:os";
import type { Readable, Writable } from "node:stream";

import { abortReason, deadline, FlurryError } from "@flurry/core";
import type { Deadline } from "@flurry/core";

import { continuesStanza, parseStanza, printStanza } from "./header.ts";
import type { AgeStanza } from "./header.ts";

/** How a plugin is run. */
export interface PluginProcessOptions {
  /** The environment of the plugin, whose PATH is also where it is looked for. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for one file key, touching a token and typing a PIN included. Default: 5 minutes. */
  readonly timeoutMs?: number | undefined;
}

/** A running plugin that speaks age's plugin protocol. */
export interface PluginConnection extends AsyncDisposable {
  send(type: string, args?: readonly string[], body?: Uint8Array): void;
  /** @throws FlurryError FLURRY_AGE_PLUGIN_FAILED, FLURRY_AGE_PLUGIN_NOT_FOUND, FLURRY_TIMEOUT, FLURRY_ABORTED */
  receive(): Promise<AgeStanza>;
}

type PluginProcess = ChildProcessByStdio<Writable, Readable, null>;

/** Far above any real stanza (a post-quantum one has 2 KiB). */
const maxStanzaBytes = 1024 * 1024;
const maxConversationBytes = 64 * 1024 * 1024;
const graceMs = 2000;

/**
 * Starts a plugin. core's runProcess gives a program its whole input at once; this protocol is a dialogue.
 *
 * @param plugin - its name, without `age-plugin-`
 * @see https://c2sp.org/age-plugin
 */
export function connectPlugin(
  plugin: string,
  protocol: "recipient-v1" | "identity-v1",
  options: PluginProcessOptions = {},
): PluginConnection {
  const program = `age-plugin-${plugin}`;
  const limit = deadline(options.timeoutMs ?? 300_000, program, options.signal);
  if (limit.signal.aborted) {
    limit[Symbol.dispose]();
    throw abortReason(limit.signal, program);
  }
  const child = spawn(program, [`--age-plugin=${protocol}`], {
    // age does the same: what a plugin does must not depend on where its user stands.
    cwd: tmpdir(),
    env: options.env ?? process.env,
    // What a plugin logs may be secret; what it has to say to its user comes over the protocol.
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  return new ProcessConnection(program, child, limit);
}

class ProcessConnection implements PluginConnection {
  readonly #program: string;
  readonly #child: PluginProcess;
  readonly #limit: Deadline;
  readonly #lines: AsyncGenerator<string, void>;
  readonly #closed: Promise<void>;
  #failure: FlurryError | undefined;

  constructor(program: string, child: PluginProcess, limit: Deadline) {
    this.#program = program;
    this.#child = child;
    this.#limit = limit;
    this.#lines = readLines(child.stdout);
    this.#closed = new Promise((resolve) => {
      child.once("close", () => resolve());
      child.once("error", (cause: NodeJS.ErrnoException) => {
        this.#fail(startError(program, cause));
        resolve();
      });
    });
    // A plugin may end without reading all; that it ended shows when its answer is read.
    child.stdin.on("error", () => {});
    limit.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  send(type: string, args: readonly string[] = [], body: Uint8Array = new Uint8Array(0)): void {
    this.#child.stdin.write(printStanza({ type, args, body }));
  }

  async receive(): Promise<AgeStanza> {
    const lines: string[] = [];
    do lines.push(await this.#nextLine());
    while (lines.length === 1 || continuesStanza(lines.at(-1)));
    try {
      return parseStanza(lines, lines.length);
    } catch {
      throw this.#broken("it sent something that is not a stanza");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#limit.signal.removeEventListener("abort", this.#onAbort);
    this.#limit[Symbol.dispose]();
    this.#child.stdin.end();
    const polite = setTimeout(() => this.#kill("SIGTERM"), graceMs / 2);
    const hard = setTimeout(() => this.#kill("SIGKILL"), graceMs);
    this.#child.stdout.destroy();
    await this.#closed;
    clearTimeout(polite);
    clearTimeout(hard);
    this.#kill("SIGKILL"); // what the plugin started and left behind
  }

  readonly #onAbort = (): void => {
    this.#fail(abortReason(this.#limit.signal, this.#program));
    this.#kill("SIGKILL");
    this.#child.stdout.destroy();
  };

  #fail(reason: FlurryError): void {
    this.#failure ??= reason;
  }

  async #nextLine(): Promise<string> {
    try {
      const next = await this.#lines.next();
      if (next.done !== true) return next.value;
    } catch (error) {
      if (FlurryError.is(error)) this.#fail(error);
    }
    // A start that failed is reported in a later turn than the end of its output.
    if (this.#failure === undefined)
      await Promise.race([this.#closed, new Promise((resolve) => setTimeout(resolve, 100))]);
    throw this.#failure ?? this.#broken("it ended before it was done");
  }

  #broken(why: string): FlurryError {
    return new FlurryError("FLURRY_AGE_PLUGIN_FAILED", `${this.#program} broke the plugin protocol: ${why}`);
  }

  #kill(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // ESRCH: the group has ended.
    }
  }
}

async function* readLines(stream: Readable): AsyncGenerator<string, void> {
  let rest = "";
  let total = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    total += chunk.length;
    rest += chunk.toString("latin1");
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > maxStanzaBytes || total > maxConversationBytes)
      throw new FlurryError("FLURRY_AGE_PLUGIN_FAILED", "The age plugin sent more than any plugin needs to");
    yield* lines;
  }
}

function startError(program: string, cause: NodeJS.ErrnoException): FlurryError {
  if (cause.code !== "ENOENT")
    return new FlurryError("FLURRY_AGE_PLUGIN_FAILED", `${program} could not be started: ${cause.message}`, { cause });
  return new FlurryError("FLURRY_AGE_PLUGIN_NOT_FOUND", `${program} was not found`, {
    hint: `Install ${program} or put it on PATH.`,
  });
}
