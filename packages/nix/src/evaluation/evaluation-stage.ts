import type { Emit, FlurryError } from "@flurry/core";

import type { EvaluationReason } from "./evaluation-reason.ts";
import type { EvaluationRecord } from "./evaluation-record.ts";
import type { Evaluation, EvaluationSuccess } from "./evaluation.ts";

/** An answer from the cache, with all that nix would have said. */
export function tellCached(host: string, record: EvaluationRecord, emit: Emit): EvaluationSuccess {
  emit({ kind: "stage-started", host, stage: "evaluate", note: "cached" });
  for (const line of record.log) emit({ kind: "log", host, stage: "evaluate", ...line });
  emit({ kind: "stage-finished", host, stage: "evaluate", durationMs: 0, outcome: "ok", note: "cached" });
  const { drvPath, outPath, system, secrets } = record;
  const verified = isSafe(record);
  const known = {
    host,
    status: "ok",
    drvPath,
    outPath,
    system,
    verified,
    ...(secrets === undefined ? {} : { secrets }),
  } as const;
  return { ...known, cached: true, reasons: [], durationMs: 0 };
}

/** True when an answer rests on a proof, or on the whole source. */
function isSafe({ proven, doubts }: EvaluationRecord): boolean {
  return proven || doubts.length > 0;
}

/** What became of a host that does not evaluate. */
export function failure({
  host,
  error,
  reasons,
  durationMs,
}: {
  readonly host: string;
  readonly error: FlurryError;
  readonly reasons: readonly EvaluationReason[];
  readonly durationMs: number;
}): Evaluation {
  return { host, status: "failed", error: error.withHost(host), cached: false, reasons, durationMs };
}

/** The stage of one host that nix is asked for. */
export interface EvaluationStage {
  /** Takes the events of the stage, which starts once, though it may take two processes. */
  readonly emit: Emit;
  /** Ends the stage, if it ever started. */
  readonly finish: (outcome: "ok" | "failed", durationMs: number) => void;
}

/** See {@link EvaluationStage}. */
export function evaluationStage(host: string, emit: Emit): EvaluationStage {
  let started = false;
  return {
    emit: (event) => {
      if (event.kind === "stage-started" && started) return;
      if (event.kind === "stage-started") started = true;
      emit(event);
    },
    finish: (outcome, durationMs) => {
      if (started) emit({ kind: "stage-finished", host, stage: "evaluate", durationMs, outcome });
    },
  };
}
