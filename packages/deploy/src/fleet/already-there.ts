import type { StorePath } from "@flurry/core";

import type { Goal } from "../goal.ts";
import type { HostFacts } from "../host/facts.ts";
import type { HostOutcome } from "../host/outcome.ts";

/** True when the goal is reached on a host before anything is done. */
export function isAlreadyThere(goal: Goal, wanted: StorePath, facts: HostFacts): boolean {
  switch (goal) {
    case "switch":
      return facts.current === wanted && facts.profile === wanted;
    case "test":
    case "dry-activate":
      return facts.current === wanted;
    case "boot":
      return facts.profile === wanted;
    // What a host runs says nothing of a store that was cleared meanwhile, or of a system that was never built here.
    case "push":
    case "build":
      return false;
  }
}

/** The outcome of a host that is there already. */
export function unchanged(facts: HostFacts): HostOutcome {
  const { current, generation, profiles = new Map() } = facts;
  return {
    status: "unchanged",
    after: current,
    failedUnits: [],
    ...(generation === undefined ? {} : { generation }),
    ...(profiles.size === 0 ? {} : { profiles: [...profiles].map(([name, state]) => ({ name, ...state })) }),
  };
}
