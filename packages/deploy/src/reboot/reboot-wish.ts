import type { HostFacts } from "../host/facts.ts";

/** Whether and how to reboot hosts that a run has deployed. */
export interface RebootWish {
  /** `needed`: only a host whose kernel, initrd or modules have changed, or that does not run its new system yet. */
  readonly when: "needed" | "always";
  /** Milliseconds that a host may take to come back. */
  readonly timeoutMs: number;
}

/** True when a host has to reboot to run all of its new system. */
export function needsReboot({ current, rebootNeeded }: HostFacts, candidate: string): boolean {
  return rebootNeeded || current !== candidate;
}

/** A host that runs its system already may still have booted another one. */
export function mustReboot(wish: RebootWish | undefined, facts: HostFacts, candidate: string): boolean {
  return wish !== undefined && (wish.when === "always" || needsReboot(facts, candidate));
}
