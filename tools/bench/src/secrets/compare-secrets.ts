import { fileURLToPath } from "node:url";

import { FlurryError, runProcess } from "@flurry/core";

import { orderOf } from "../compare/interleave.ts";
import { measure } from "../measure/measure.ts";
import { makeSecretsRepository } from "./secrets-repository.ts";
import type { SecretsSize } from "./secrets-repository.ts";

/** What is done with all files. */
export type SecretsStep = "rekey" | "rotate";

/** Who does it. */
export interface SecretsContender {
  readonly name: "flurry" | "sops" | "sops-each";
  readonly title: string;
  /** Undefined where it cannot be done so. */
  readonly command: (step: SecretsStep, files: readonly string[]) => readonly string[] | undefined;
}

const flurry = fileURLToPath(import.meta.resolve("flurry/bin"));
const each = `for file in "$@"; do sops $command "$file" || exit 1; done`;

export const secretsContenders: readonly SecretsContender[] = [
  {
    name: "flurry",
    title: "flurry secrets",
    command: (step) => [process.execPath, flurry, "secrets", step, "--yes", "--quiet"],
  },
  {
    name: "sops",
    title: "sops, all files in one process",
    // sops rotate takes one file.
    command: (step, files) => (step === "rekey" ? ["sops", "updatekeys", "--yes", ...files] : undefined),
  },
  {
    name: "sops-each",
    title: "sops, a process for each file",
    command: (step, files) => [
      "sh",
      "-c",
      each.replace("$command", step === "rekey" ? "updatekeys --yes" : "rotate --in-place"),
      "sh",
      ...files,
    ],
  },
];

/** What one contender's step cost. */
export interface SecretsSample {
  readonly contender: SecretsContender["name"];
  readonly step: SecretsStep;
  readonly round: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakRssBytes: number;
}

/** What to compare. */
export interface SecretsComparison extends SecretsSize {
  readonly runs: number;
  readonly signal: AbortSignal;
  readonly onSample?: (sample: SecretsSample) => void;
}

/**
 * Measures a rekeying and a rotation of every file, by all contenders in turns and from the same state.
 *
 * @throws FlurryError FLURRY_PROCESS_FAILED when a contender fails, or leaves files with other recipients
 */
export async function compareSecrets(comparison: SecretsComparison): Promise<readonly SecretsSample[]> {
  const { runs, recipients, signal, onSample } = comparison;
  await using repository = await makeSecretsRepository(comparison);
  const samples: SecretsSample[] = [];
  for (let round = 0; round < runs; round++) {
    for (const step of ["rekey", "rotate"] as const) {
      for (const contender of orderOf(secretsContenders, round)) {
        const words = contender.command(step, repository.files);
        if (words === undefined) continue;
        const directory = await repository.copy();
        const cost = await runStep(words, repository.env, { directory, title: `${contender.title}: ${step}`, signal });
        // sops rotates for the recipients that a file has.
        const expected = step === "rotate" && contender.name !== "flurry" ? recipients - 1 : recipients;
        if ((await repository.recipients(directory)) !== expected)
          throw new FlurryError("FLURRY_PROCESS_FAILED", `${contender.title} did not ${step} the files`);
        const sample = { contender: contender.name, step, round, ...cost };
        samples.push(sample);
        onSample?.(sample);
      }
    }
  }
  return samples;
}

async function runStep(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  { directory, title, signal }: { readonly directory: string; readonly title: string; readonly signal: AbortSignal },
): Promise<Omit<SecretsSample, "contender" | "step" | "round">> {
  const run = ([file = "", ...args]: readonly string[], options: Parameters<typeof runProcess>[2]) =>
    runProcess(file, args, options);
  const { result, ...cost } = await measure(run, words, {
    cwd: directory,
    env,
    signal,
    timeoutMs: 3_600_000,
  });
  if (result.exitCode === 0) return cost;
  throw new FlurryError("FLURRY_PROCESS_FAILED", `${title} ended with ${result.exitCode}`, {
    details: result.stderr.slice(-4000),
  });
}
