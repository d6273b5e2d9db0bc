import type { LockFile } from "./lock-file.ts";
import type { LockFinding, LockRule } from "./lock-finding.ts";
import { lockGraph } from "./lock-graph.ts";
import { danglingInput } from "./rules/dangling-input.ts";
import { duplicateNixpkgs } from "./rules/duplicate-nixpkgs.ts";
import { endOfLife } from "./rules/end-of-life.ts";
import { indirect } from "./rules/indirect.ts";
import { missingFollows } from "./rules/missing-follows.ts";
import { orphan } from "./rules/orphan.ts";
import { pathInput } from "./rules/path-input.ts";
import { stale } from "./rules/stale.ts";
import { unlocked } from "./rules/unlocked.ts";

/** Everything that {@link auditLock} looks for. */
export const lockRules: readonly LockRule[] = [
  danglingInput,
  unlocked,
  pathInput,
  indirect,
  duplicateNixpkgs,
  missingFollows,
  endOfLife,
  stale,
  orphan,
];

const weight = { error: 0, warning: 1, note: 2 } as const;

/**
 * Looks for what is wrong or worth knowing about the inputs of a flake, the worst first.
 *
 * @param options.nowMs - milliseconds since the epoch
 */
export function auditLock(lock: LockFile, { nowMs }: { readonly nowMs: number }): readonly LockFinding[] {
  const view = { lock, graph: lockGraph(lock), nowMs };
  return lockRules
    .flatMap(({ name, check }) => check(view).map((finding): LockFinding => ({ rule: name, ...finding })))
    .sort((a, b) => weight[a.severity] - weight[b.severity]);
}
