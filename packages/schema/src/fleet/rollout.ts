import type { Selector } from "../selector/selector.ts";
import type { UnreachablePolicy } from "./deploy-options.ts";

/**
 * What one failed host means for the others: `stop` starts no further wave, `continue` goes on,
 * `revert-wave` takes the hosts of its wave back as well, `revert-all` every host that this run changed.
 */
export type OnFailure = "stop" | "continue" | "revert-wave" | "revert-all";

/** Hosts that are deployed together, before the next wave begins. */
export interface Wave {
  /** The selector as it was written; shown to people. */
  readonly name: string;
  readonly selector: Selector;
  /** How many hosts of the wave are activated at a time; absent means the rollout's own limit. */
  readonly parallel?: number;
  /** How long to wait after the wave before the next one begins, in milliseconds. */
  readonly pauseMs: number;
  /** Whether the health checks of its hosts have to pass once more, after the pause, before the next wave begins. */
  readonly health?: boolean;
  /** Whether a person has to agree before the next wave begins. */
  readonly ask?: boolean;
}

/** The order in which the hosts of a fleet are deployed, and what a failure means. */
export interface Rollout {
  /** At least one. A host belongs to the first wave that selects it. */
  readonly waves: readonly Wave[];
  readonly parallel: ParallelLimits;
  readonly onFailure: OnFailure;
  /** What holds for hosts that do not say it themselves; it is already in their `deploy.unreachable`. */
  readonly unreachable: UnreachablePolicy;
}

/** How many hosts are worked on at a time. */
export interface ParallelLimits {
  /** Evaluations; absent means as many as cores and memory allow. */
  readonly evaluate?: number;
  /** Copies of closures. */
  readonly copy: number;
  /** Activations. */
  readonly activate: number;
}

/** All hosts in one wave, with limits that suit a small site's uplink. */
export const rolloutDefaults = {
  waves: [{ name: "*", selector: { kind: "host", pattern: "*" }, pauseMs: 0 }],
  parallel: { copy: 10, activate: 10 },
  onFailure: "stop",
  unreachable: "fail",
} as const satisfies Rollout;
