import type { DrvPath, FlurryError, StorePath } from "@flurry/core";

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
  /** From the start of the host's process to its end. */
  readonly durationMs: number;
  /** The most memory that the process was seen to hold at one time; only on Linux. */
  readonly peakRssBytes?: number;
}

/** A configuration that does not evaluate. */
export interface EvaluationFailure {
  readonly host: string;
  readonly status: "failed";
  readonly error: FlurryError;
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
}
