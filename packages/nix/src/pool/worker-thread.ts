import { MessageChannel } from "node:worker_threads";

import { FlurryError, abortReason } from "@flurry/core";
import type { Piscina } from "piscina";

import type { NixLogEvent } from "../process/internal-json.ts";
import type { NixContext } from "../process/nix-context.ts";
import { ProcessGroups } from "./process-groups.ts";
import type { AbortMessage, PoolCall, PoolOutput, WorkerMessage, WorkerReply, WorkerTask } from "./task.ts";

/** How to follow a call that runs in a worker. */
export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly onSpawn?: () => void;
  readonly onEvent?: (event: NixLogEvent) => void;
}

/** Without a task the thread is only to be there. */
type Workers = Piscina<WorkerTask | undefined, WorkerReply | undefined>;

/** Makes calls of nix in a worker thread, which owns the processes and reads their logs. */
export class WorkerThread implements AsyncDisposable {
  readonly #context: NixContext;
  readonly #groups = new ProcessGroups();
  readonly #workerUrl: string;
  #piscina: Promise<Workers> | undefined;
  /** Told when a thread dies without a task, as when it cannot even load: piscina would let the tasks wait for ever. */
  readonly #onDeath = new Set<(cause: unknown) => void>();

  constructor(context: NixContext, workerUrl: string = import.meta.resolve("@flurry/nix/worker")) {
    this.#context = context;
    this.#workerUrl = workerUrl;
  }

  /** Starts the thread, which takes a moment, while other things are done. Trouble is left to the calls. */
  prepare(): void {
    if (this.#piscina !== undefined) return;
    this.#piscina = this.#start();
    this.#piscina.then((piscina) => piscina.run(undefined, { name: "ready" })).catch(() => {});
  }

  /**
   * Makes one call.
   *
   * @throws FlurryError what `runNix` throws, or FLURRY_INTERNAL when the worker thread died
   */
  async run(call: PoolCall, { signal, onSpawn, onEvent }: FollowOptions): Promise<PoolOutput> {
    if (signal.aborted) throw abortReason(signal, call.what);
    const { port1, port2 } = new MessageChannel();
    let pid: number | undefined;
    const ended = new Promise<void>((resolve) => {
      port1.on("message", (message: WorkerMessage) => {
        if (message.kind === "spawned") {
          ({ pid } = message);
          this.#groups.add(pid);
          onSpawn?.();
        } else if (message.kind === "events") for (const event of message.events) onEvent?.(event);
        else resolve();
      });
      port1.on("close", resolve);
    });
    // Never piscina's own signal: it ends the thread and leaves the process.
    const abort = (): void => {
      const message: AbortMessage = { kind: "abort", reason: abortReason(signal, call.what).toJSON() };
      port1.postMessage(message);
    };
    signal.addEventListener("abort", abort, { once: true });
    try {
      const reply = await this.#send({ context: plainContext(this.#context), call, port: port2 });
      await ended;
      // A worker that answers has seen the end of its process.
      if (pid !== undefined) this.#groups.remove(pid);
      if (!reply.ok) throw FlurryError.fromJSON(reply.error);
      return reply.output;
    } finally {
      signal.removeEventListener("abort", abort);
      // Whoever is still there lost its owner.
      if (pid !== undefined) this.#groups.kill(pid);
      port1.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#groups[Symbol.dispose]();
    await (await this.#piscina?.catch(() => undefined))?.destroy();
  }

  /** A run in which everything is remembered never needs it, nor the library. */
  async #start(): Promise<Workers> {
    const library = await import("piscina");
    const piscina = new library.Piscina<WorkerTask | undefined, WorkerReply | undefined>({
      filename: this.#workerUrl,
      name: "run",
      minThreads: 0,
      // The work is waiting for processes and reading lines; one thread does that for many of them.
      maxThreads: 1,
      // What runs at a time is decided by who calls; nothing ever waits in piscina's own queue.
      concurrentTasksPerWorker: 10_000,
      // Waiting for tasks with Atomics would block the thread, and with it the news of children that end.
      atomics: "disabled",
      idleTimeout: 10_000,
      // Conditions and loaders of the main program are not for a built file.
      execArgv: [],
    });
    piscina.on("error", (cause: unknown) => {
      for (const die of this.#onDeath) die(cause);
    });
    return piscina;
  }

  async #send(task: WorkerTask): Promise<WorkerReply> {
    let die: (cause: unknown) => void = () => {};
    const death = new Promise<never>((_, reject) => {
      die = reject;
    });
    this.#onDeath.add(die);
    try {
      const piscina = await (this.#piscina ??= this.#start());
      const reply = await Promise.race([piscina.run(task, { transferList: [task.port] }), death]);
      if (reply === undefined) throw new TypeError("the worker thread took a call for none");
      return reply;
    } catch (cause) {
      throw new FlurryError("FLURRY_INTERNAL", `the worker thread died while ${task.call.what}`, { cause });
    } finally {
      this.#onDeath.delete(die);
    }
  }
}

/** A copy of the environment as plain data: that of a process is an exotic object, which cannot be sent. */
function plainContext(context: NixContext): NixContext {
  return { ...context, env: { ...context.env } };
}
