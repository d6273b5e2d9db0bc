import { eventHub } from "@flurry/core";
import type { Emit, FleetEvent } from "@flurry/core";
import { eventsOfHosts } from "@flurry/deploy";
import type { RunContext } from "@flurry/deploy";
import type { NixPool } from "@flurry/nix";

import { openProgress } from "./progress.ts";
import type { Progress } from "./progress.ts";
import type { CommandStart } from "./start-command.ts";

/** What a command works with while it works: the pool, and a face that shows what happens. */
export interface Engine extends AsyncDisposable {
  readonly pool: NixPool;
  readonly emit: Emit;
  readonly progress: Progress;
  /** What the deployer needs of the world. */
  readonly context: RunContext;
}

/**
 * Opens what a command works with. Dispose of it before the result is printed.
 *
 * @param sinks - who wants the events besides the progress
 */
export async function openEngine(
  { context, output, services, nix, ssh, evaluation, interruption, loaded }: CommandStart,
  sinks: readonly ((event: FleetEvent) => void)[] = [],
): Promise<Engine> {
  const progress = await openProgress(output, context);
  const emit = eventHub([progress.event, ...sinks], context.now);
  const { evaluate: concurrency } = loaded.fleet.rollout.parallel;
  const pool = services.openPool({
    context: nix,
    emit: eventsOfHosts(emit),
    ...(concurrency === undefined ? {} : { concurrency }),
  });
  const { operator } = context;
  const { signal, drain } = interruption;
  return {
    pool,
    emit,
    progress,
    context: { pool, nix, ssh, emit, operator, signal, drain, evaluation: { cache: evaluation.cache } },
    [Symbol.asyncDispose]: async () => {
      progress[Symbol.dispose]();
      await pool[Symbol.asyncDispose]();
    },
  };
}

/** Tells the faces of a command which hosts it is about, for commands that leave no journal. */
export function emitStart({ hosts, loaded }: CommandStart, emit: Emit, command: string): void {
  const names = hosts.map((host) => host.name);
  emit({ kind: "run-started", runId: "", command, goal: "", source: loaded.directory, hosts: names });
}
