import { affectedHosts } from "@flurry/nix";
import type { HostChange, LockedFlake } from "@flurry/nix";

import type { EarlierFlake } from "./earlier-flake.ts";
import { emitStart, openEngine } from "./engine.ts";
import { requestsOf } from "./evaluate-hosts.ts";
import type { CommandStart } from "./start-command.ts";

/** Finds out for each selected host whether its derivation is another one than in the earlier flake. */
export async function compareFlakes(
  start: CommandStart,
  { flake: before }: EarlierFlake,
  after: LockedFlake,
): Promise<{ readonly changes: readonly HostChange[]; readonly told: boolean }> {
  const { hosts, evaluation, interruption } = start;
  await using engine = await openEngine(start);
  emitStart(start, engine.emit, "eval");
  const options = { ...evaluation, signal: interruption.signal };
  const changes = await affectedHosts(engine.pool, { before, after }, requestsOf(hosts), options);
  for (const one of changes)
    if (one.status === "failed")
      engine.emit({
        kind: "failure",
        host: one.host,
        stage: "evaluate",
        error: one.error.withHost(one.host).toJSON(),
      });
  return { changes, told: engine.progress.tellsFailures };
}
