import { FlurryError } from "@flurry/core";
import type { Goal } from "@flurry/deploy";

/** The flags that say what a deployment is to do. */
export interface GoalFlags {
  readonly goal?: Goal;
  readonly boot?: boolean;
  readonly dryActivate?: boolean;
}

/**
 * The goal that the flags ask for.
 *
 * @throws FlurryError FLURRY_USAGE when they ask for several
 */
export function goalOf({ goal, boot, dryActivate }: GoalFlags): Goal {
  const goals = new Set<Goal>([
    ...(goal === undefined ? [] : [goal]),
    ...(boot === true ? (["boot"] as const) : []),
    ...(dryActivate === true ? (["dry-activate"] as const) : []),
  ]);
  const [first, ...others] = goals;
  if (others.length > 0)
    throw new FlurryError("FLURRY_USAGE", `two goals in one command: ${[...goals].join(" and ")}`, {
      hint: "deploy has one goal: switch, boot, test, dry-activate, push or build",
    });
  return first ?? "switch";
}
