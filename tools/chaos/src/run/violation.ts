import type { HostState } from "../check/host-state.ts";

/** A promise that was not kept, with all that helps to find out why. */
export interface Violation {
  readonly seed: number;
  readonly round: number;
  readonly host: string;
  readonly complaints: readonly string[];
  /** What was done and seen, in its order. */
  readonly timeline: readonly string[];
  readonly state: HostState | undefined;
  /** The logs of the round's runs on the host. */
  readonly hostLog: string;
  /** The journals of the deployers. */
  readonly journals: readonly string[];
}
