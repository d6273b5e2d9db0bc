import type { DrvPath, FlurryError, StorePath } from "@flurry/core";

import type { DeclaredSecrets } from "./declared-secrets.ts";
import type { EvaluationReason } from "./evaluation-reason.ts";

/** One configuration to evaluate. */
export interface EvaluationRequest {
  /** The name under which events and errors speak of it. */
  readonly host: string;
  /** Where the flake has the configuration: `["nixosConfigurations", "nas"]`. */
  readonly attrPath: readonly string[];
  /**
   * Where the configuration has the derivation to deploy.
   *
   * @default ["config", "system", "build", "toplevel"]
   */
  readonly derivationPath?: readonly string[];
}

/** What became of one {@link EvaluationRequest}. */
export type Evaluation = EvaluationSuccess | EvaluationFailure;

/** A configuration that evaluates; its derivation is in the store. */
export interface EvaluationSuccess {
  readonly host: string;
  readonly status: "ok";
  readonly drvPath: DrvPath;
  /** Where the output `out` of the derivation will be. */
  readonly outPath: StorePath;
  /** The system that builds it: `x86_64-linux`. */
  readonly system: string;
  /** What the configuration says of its secrets; missing when it declares none. */
  readonly secrets?: DeclaredSecrets;
  /** True when nothing that the answer depends on has changed since nix gave it, so that nix was not asked again. */
  readonly cached: boolean;
  /**
   * False for an answer from the cache that rests on what was seen of an evaluation, without the proof that
   * `EvaluateOptions.verify` asks for.
   */
  readonly verified: boolean;
  /** Why nix was asked; empty when `cached`. */
  readonly reasons: readonly EvaluationReason[];
  /** From the start of the host's process to its end; 0 when `cached`. */
  readonly durationMs: number;
  /** The most memory that the process was seen to hold at one time; only on Linux. */
  readonly peakRssBytes?: number;
}

/** A configuration that does not evaluate. */
export interface EvaluationFailure {
  readonly host: string;
  readonly status: "failed";
  readonly error: FlurryError;
  /** Failures are never taken from the cache. */
  readonly cached: false;
  /** Why nix was asked. */
  readonly reasons: readonly EvaluationReason[];
  /** From the start of the host's process to its end; 0 when it never started. */
  readonly durationMs: number;
}

/** How to evaluate; see `NixPool.evaluate`. */
export interface EvaluateOptions {
  readonly signal?: AbortSignal;
  /**
   * Milliseconds that one host's process may take.
   *
   * @default 600000
   */
  readonly timeoutMs?: number;
  /**
   * `use` answers of earlier evaluations while nothing that they depend on has changed; `refresh` asks nix for each host and
   * remembers the answers; `off` neither reads nor writes. Nothing is ever remembered of an impure evaluation.
   *
   * @default "use"
   */
  readonly cache?: "use" | "refresh" | "off";
  /**
   * Prove that what is remembered of each host is all that its evaluation depends on, by evaluating once more with
   * nothing else to see. A host for which that fails is evaluated afresh, and from then on after every change of the source.
   *
   * @default false
   */
  readonly verify?: boolean;
  /**
   * Bytes of address space that one evaluation may use. One that needs more is tried again alone, with twice as much or all
   * that is free.
   *
   * @default none
   */
  readonly memoryLimitBytes?: number;
}
