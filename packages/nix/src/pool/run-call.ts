import type { Need } from "./admission.ts";
import type { PoolCall, PoolOutput } from "./task.ts";
import type { FollowOptions } from "./worker-thread.ts";

/** How to follow a call that may have to wait. */
export interface RunCallOptions extends FollowOptions {
  /** What the process is expected to need. */
  readonly need?: Need;
}

/** Makes one call of nix in the pool, when there is room for it. */
export type RunCall = (call: PoolCall, options: RunCallOptions) => Promise<PoolOutput>;
