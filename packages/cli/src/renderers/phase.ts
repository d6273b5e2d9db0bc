import type { VerdictStatus } from "@flurry/core";

import type { HostState, RunState } from "./reduce.ts";

/** Where a host stands in a run. */
export type Phase =
  | { readonly kind: "waiting" }
  | { readonly kind: "running" }
  | { readonly kind: "done" }
  | { readonly kind: "broken" }
  | { readonly kind: "ended"; readonly status: VerdictStatus };

/** Where a host stands in a run. */
export function phaseOf(host: HostState): Phase {
  if (host.verdict !== undefined) return { kind: "ended", status: host.verdict.status };
  if (host.stage?.outcome === "running") return { kind: "running" };
  if (host.error !== undefined || host.stage?.outcome === "failed") return { kind: "broken" };
  return { kind: host.endedAt === undefined ? "waiting" : "done" };
}

/** True when the host is where the run wants it. */
export function isWell(phase: Phase): boolean {
  return phase.kind === "done" || (phase.kind === "ended" && ["deployed", "unchanged"].includes(phase.status));
}

/** True when someone has to look at the host. */
export function isBroken(phase: Phase): boolean {
  return phase.kind === "broken" || (phase.kind === "ended" && !isWell(phase) && phase.status !== "skipped");
}

/** How many hosts stand where. */
export interface Tally {
  readonly total: number;
  readonly ended: number;
  readonly broken: number;
}

/** Counts the hosts of a run. */
export function tally(state: RunState): Tally {
  const phases = [...state.hosts.values()].map(phaseOf);
  return {
    total: phases.length,
    ended: phases.filter((phase) => phase.kind !== "waiting" && phase.kind !== "running").length,
    broken: phases.filter(isBroken).length,
  };
}
