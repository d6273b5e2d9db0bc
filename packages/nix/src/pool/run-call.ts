import type { PoolCall, PoolOutput } from "./task.ts";
import type { FollowOptions } from "./worker-thread.ts";

/** Makes one call of nix in the pool, when there is room for it. */
export type RunCall = (call: PoolCall, options: FollowOptions) => Promise<PoolOutput>;
