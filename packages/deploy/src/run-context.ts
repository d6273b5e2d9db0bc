import type { Emit, FlurryError } from "@flurry/core";
import type { EvaluateOptions, EvaluationSuccess, NixContext, NixPool } from "@flurry/nix";

import type { LinkContext } from "./host/host-link.ts";

/** What a run needs of the world. Everything comes in from outside; nothing here is global. */
export interface RunContext {
  readonly pool: NixPool;
  readonly nix: NixContext;
  readonly ssh: LinkContext;
  /**
   * How to evaluate the systems of hosts.
   *
   * @default what `NixPool.evaluate` does by itself
   */
  readonly evaluation?: Pick<EvaluateOptions, "cache">;
  /**
   * Looks at what the configuration of a host came to, before anything is built or copied. An error is why the host is left
   * alone, and part of its plan.
   *
   * @default nothing is looked at
   */
  readonly inspectSystem?: (evaluation: EvaluationSuccess) => Promise<FlurryError | undefined>;
  /** Takes the events of the run as they happen. */
  readonly emit: Emit;
  /** Who deploys, for people: `alice@laptop`. Shown to whoever finds a host locked. */
  readonly operator: string;
  /** Ends the run at once; hosts that are being activated then save themselves. */
  readonly signal: AbortSignal;
  /** Lets what runs end, but starts no further host. */
  readonly drain?: AbortSignal;
  /** Puts a question to the person who deploys; absent where nobody can answer. */
  readonly ask?: (question: string) => Promise<boolean>;
  /**
   * Milliseconds since the epoch.
   *
   * @default the clock of this machine
   */
  readonly now?: () => number;
}
