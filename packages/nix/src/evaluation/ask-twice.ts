import type { Emit } from "@flurry/core";

import { askNix } from "./evaluate.ts";
import type { EvaluateParts, NixAnswer } from "./evaluate.ts";
import type { EvaluationRequest } from "./evaluation.ts";
import { isOutOfMemory, needOf, oomKills, withMemoryLimit, withMoreMemory } from "./memory.ts";
import type { Recording } from "./recorder.ts";
import type { Session } from "./session.ts";

/** Evaluates one host, and once more, alone, when that ran out of memory. Nothing is thrown. */
export async function askTwice(
  request: EvaluationRequest,
  { flake, options: { memoryLimitBytes }, parts, timeoutMs, version, measurements }: Session,
  { recording, emit }: { readonly recording: Recording | undefined; readonly emit: Emit },
): Promise<NixAnswer> {
  const { run, signal, freeMemory } = parts;
  const first: EvaluateParts = {
    run,
    emit,
    signal,
    timeoutMs,
    version,
    env: recording?.env ?? {},
    wrapper: recording?.wrapper ?? [],
    need: needOf(measurements.of(request), measurements.peakRssBytes),
  };
  const killsBefore = await oomKills();
  const answer = await askNix(flake, request, withMemoryLimit(first, memoryLimitBytes));
  if (answer.status === "ok" || signal.aborted || !(await isOutOfMemory(answer.error, killsBefore))) return answer;
  const { host } = request;
  const line = "ran out of memory and is evaluated again, alone";
  emit({ kind: "log", host, stage: "evaluate", level: "warn", line });
  return askNix(flake, request, withMoreMemory(first, { memoryLimitBytes, freeMemory }));
}
