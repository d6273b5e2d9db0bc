import { FlurryError } from "@flurry/core";
import type { Emit } from "@flurry/core";

import type { LockedFlake } from "../flake/locked-flake.ts";
import type { RunCall } from "../pool/run-call.ts";
import { driverExpression, parseDriverAnswer } from "./driver.ts";
import { evaluationFailure, missingAttribute } from "./evaluation-failure.ts";
import type { Evaluation, EvaluationRequest } from "./evaluation.ts";

/** What an evaluation needs of the pool. */
export interface EvaluateParts {
  readonly run: RunCall;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Evaluates one host in a process of its own. Whatever goes wrong is that host's result; nothing is thrown. */
export async function evaluateHost(
  flake: LockedFlake,
  request: EvaluationRequest,
  parts: EvaluateParts,
): Promise<Evaluation> {
  const { host } = request;
  const clock = stageClock();
  const evaluation = await attempt(flake, request, { ...parts, clock });
  if (clock.hasStarted())
    parts.emit({
      kind: "stage-finished",
      host,
      stage: "evaluate",
      durationMs: evaluation.durationMs,
      outcome: evaluation.status,
    });
  return evaluation;
}

async function attempt(
  flake: LockedFlake,
  request: EvaluationRequest,
  { run, emit, signal, timeoutMs, clock }: EvaluateParts & { readonly clock: StageClock },
): Promise<Evaluation> {
  const { host } = request;
  const what = `evaluating ${host}`;
  const failed = (error: FlurryError): Evaluation => ({
    host,
    status: "failed",
    error: error.withHost(host),
    durationMs: clock.elapsedMs(),
  });
  try {
    const args = ["--json", "--show-trace", "--no-eval-cache", "--expr", driverExpression(flake, request)];
    const call = { command: ["eval"], args, what, timeoutMs, events: "messages" } as const;
    const output = await run(call, {
      signal,
      onSpawn: () => {
        clock.start();
        emit({ kind: "stage-started", host, stage: "evaluate" });
      },
      onEvent: (event) => {
        if (event.kind === "message" && event.level >= 1 && event.level <= 2)
          emit({ kind: "log", host, stage: "evaluate", level: event.level === 1 ? "warn" : "info", line: event.text });
      },
    });
    if (output.exitCode !== 0) return failed(await evaluationFailure(output, flake, request));
    const answer = parseDriverAnswer(output.stdout, what);
    if (answer.kind === "missing") return failed(missingAttribute(answer, request));
    const { drvPath, outPath, system } = answer;
    const { durationMs, peakRssBytes } = output;
    const memory = peakRssBytes === undefined ? {} : { peakRssBytes };
    return { host, status: "ok", drvPath, outPath, system, durationMs, ...memory };
  } catch (error) {
    return failed(FlurryError.from(error));
  }
}

interface StageClock {
  readonly start: () => void;
  readonly hasStarted: () => boolean;
  readonly elapsedMs: () => number;
}

function stageClock(): StageClock {
  let startedAt: number | undefined;
  return {
    start: () => {
      startedAt = performance.now();
    },
    hasStarted: () => startedAt !== undefined,
    elapsedMs: () => (startedAt === undefined ? 0 : performance.now() - startedAt),
  };
}
