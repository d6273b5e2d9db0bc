import { FlurryError } from "@flurry/core";
import type { Goal } from "@flurry/deploy";

import { count } from "../renderers/measures.ts";
import { previewOf } from "../renderers/preview-table.ts";
import { compareHosts } from "./compare-hosts.ts";
import { earlierFlake } from "./earlier-flake.ts";
import type { CommandStart } from "./start-command.ts";
import { surveyHosts } from "./survey-hosts.ts";

/** The flags that narrow a selection to what changed. */
export interface ChangedFlags {
  readonly changed?: boolean;
  readonly since?: string;
}

/**
 * Refuses `--since` alone.
 *
 * @throws FlurryError FLURRY_USAGE
 */
export function refuseSinceAlone({ changed = false, since }: ChangedFlags, command: string): void {
  if (since !== undefined && !changed)
    throw new FlurryError("FLURRY_USAGE", "--since says what --changed compares with", {
      hint: `write: flurry ${command} --changed --since ${since}`,
    });
}

/**
 * The selection without the hosts that what changed since a revision does not affect. Hosts that do not evaluate stay, so
 * that it is told.
 */
export async function narrowToAffected(start: CommandStart, since: string): Promise<CommandStart> {
  const after = await start.loaded.lock();
  const { flake: before } = await earlierFlake(after, start, since);
  const { changes } = await compareHosts(start, { before, after }, "eval");
  const same = new Set(changes.flatMap(({ host, status }) => (status === "unchanged" ? [host] : [])));
  return without(start, same, `not affected by what changed since ${since}`);
}

/** The selection without the hosts that are where a deployment would take them. Hosts that cannot be asked stay. */
export async function narrowToDiffering(start: CommandStart, goal: Goal): Promise<CommandStart> {
  const { statuses } = await surveyHosts(start, { command: "status", evaluate: true });
  const same = new Set(statuses.flatMap((status) => (previewOf(status, goal).change === "none" ? [status.host] : [])));
  return without(start, same, "running what the flake says already");
}

function without(start: CommandStart, left: ReadonlySet<string>, why: string): CommandStart {
  const { output, hosts } = start;
  if (left.size > 0 && !output.json && !output.quiet)
    output.stderr.write(`${output.progressColors.dim(`${count(left.size, "host")} left out: ${why}`)}\n`);
  return { ...start, hosts: hosts.filter(({ name }) => !left.has(name)) };
}
