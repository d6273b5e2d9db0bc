import { FlurryError } from "@flurry/core";
import type { DrvPath, Emit, StorePath } from "@flurry/core";

import type { LockedFlake } from "../flake/locked-flake.ts";
import type { Need } from "../pool/admission.ts";
import type { RunCall } from "../pool/run-call.ts";
import type { NixVersion } from "../process/capabilities.ts";
import type { NixLogEvent } from "../process/internal-json.ts";
import type { DeclaredSecrets } from "./declared-secrets.ts";
import { driverExpression, parseDriverAnswer } from "./driver.ts";
import type { DriverOptions } from "./driver.ts";
import { evaluationFailure, missingAttribute } from "./evaluation-failure.ts";
import type { RecordedLine } from "./evaluation-record.ts";
import type { EvaluationRequest } from "./evaluation.ts";
import { parseMark } from "./mark.ts";
import type { Mark } from "./mark.ts";

/** What an evaluation needs of the pool. */
export interface EvaluateParts {
  readonly run: RunCall;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly version: NixVersion;
  /** Variables for the process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Words before the program. */
  readonly wrapper?: readonly string[];
  /** What the process is expected to need. */
  readonly need?: Need;
  readonly driver?: Omit<DriverOptions, "version">;
}

/** What nix answered for one host. */
export type NixAnswer = (
  | {
      readonly status: "ok";
      readonly drvPath: DrvPath;
      readonly outPath: StorePath;
      readonly system: string;
      readonly secrets?: DeclaredSecrets;
      readonly trail: Trail;
    }
  | { readonly status: "failed"; readonly error: FlurryError }
) & {
  /** From the start of the process to its end; 0 when it never started. */
  readonly durationMs: number;
  readonly peakRssBytes?: number;
};

/** What an evaluation let out on its way. */
export interface Trail {
  readonly marks: readonly Mark[];
  /** What the user's code printed. */
  readonly log: readonly RecordedLine[];
  /** True when a derivation was built, or found built, to be read. */
  readonly importsFromDerivation: boolean;
  readonly pure: boolean;
}

/** Evaluates one host in a process of its own. Whatever goes wrong is the answer; nothing is thrown. */
export async function askNix(flake: LockedFlake, request: EvaluationRequest, parts: EvaluateParts): Promise<NixAnswer> {
  const { host } = request;
  const { run, emit, signal, timeoutMs, version, env, wrapper = [], need = {}, driver } = parts;
  const what = `evaluating ${host}`;
  let startedAt: number | undefined;
  const failed = (error: FlurryError): NixAnswer => ({
    status: "failed",
    error: error.withHost(host),
    durationMs: startedAt === undefined ? 0 : performance.now() - startedAt,
  });
  const trail = new TrailReader((line) => emit({ kind: "log", host, stage: "evaluate", ...line }));
  try {
    const expression = driverExpression(flake, request, { ...driver, version });
    const output = await run(
      {
        command: ["eval"],
        args: ["--json", "--show-trace", "--no-eval-cache", "--expr", expression],
        what,
        timeoutMs,
        events: "evaluation",
        ...(env === undefined ? {} : { env }),
        wrapper,
      },
      {
        signal,
        need,
        onSpawn: () => {
          startedAt = performance.now();
          emit({ kind: "stage-started", host, stage: "evaluate" });
        },
        onEvent: (event) => trail.push(event),
      },
    );
    if (output.exitCode !== 0) return failed(await evaluationFailure(output, flake, request));
    const answer = parseDriverAnswer(output.stdout, what);
    if (answer.kind === "missing") return failed(missingAttribute(answer, request));
    const { drvPath, outPath, system, pure, secrets } = answer;
    const { durationMs, peakRssBytes } = output;
    return {
      status: "ok",
      drvPath,
      outPath,
      system,
      ...(secrets === undefined ? {} : { secrets }),
      trail: { ...trail.trail(), pure },
      durationMs,
      // Of a wrapped process the wrapper was watched.
      ...(peakRssBytes === undefined || wrapper.length > 0 ? {} : { peakRssBytes }),
    };
  } catch (error) {
    return failed(FlurryError.from(error));
  }
}

/** Follows the log of an evaluation and hands on what is meant for people. */
class TrailReader {
  readonly #marks: Mark[] = [];
  readonly #log: RecordedLine[] = [];
  readonly #onLine: (line: RecordedLine) => void;
  #importsFromDerivation = false;

  constructor(onLine: (line: RecordedLine) => void) {
    this.#onLine = onLine;
  }

  push(event: NixLogEvent): void {
    if (event.kind === "start" && event.activity.type === "builds") this.#importsFromDerivation = true;
    if (event.kind !== "message") return;
    const mark = parseMark(event.text);
    if (mark !== undefined) {
      this.#marks.push(mark);
      return;
    }
    const line = lineOf(event);
    if (line === undefined) return;
    // What nix says on its own behalf is of this moment: a busy database, a setting that it ignores.
    if (/^trace: |^(?:warning: )?evaluation warning:/.test(line.line)) this.#log.push(line);
    this.#onLine(line);
  }

  trail(): Omit<Trail, "pure"> {
    return { marks: this.#marks, log: this.#log, importsFromDerivation: this.#importsFromDerivation };
  }
}

/** Warnings and notices of nix, and what the user's code says by `builtins.trace`, which nix prints as errors. */
function lineOf({ level, text }: Extract<NixLogEvent, { kind: "message" }>): RecordedLine | undefined {
  if (level === 1) return { level: "warn", line: text };
  if (level === 2) return { level: "info", line: text };
  if (level !== 0 || !text.startsWith("trace: ")) return undefined;
  return { level: /^trace: (?:evaluation )?warning:/.test(text) ? "warn" : "info", line: text };
}
