import { affectedHosts } from "@flurry/nix";
import type { HostChange, LockedFlake } from "@flurry/nix";

import { askSudoPasswords } from "./ask-sudo-password.ts";
import { emitStart, openEngine } from "./engine.ts";
import { requestsOf } from "./evaluate-hosts.ts";
import type { CommandStart } from "./start-command.ts";

/** What two states of a flake mean for the selected hosts; `told` says whether failures were shown while they came. */
export async function compareHosts(
  start: CommandStart,
  flakes: { readonly before: LockedFlake; readonly after: LockedFlake },
  command: string,
): Promise<{ readonly changes: readonly HostChange[]; readonly told: boolean }> {
  const { hosts, evaluation, interruption } = start;
  await askSudoPasswords(start);
  await using engine = await openEngine(start);
  emitStart(start, engine.emit, command);
  const options = { ...evaluation, signal: interruption.signal };
  const changes = await affectedHosts(engine.pool, flakes, requestsOf(hosts), options);
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
