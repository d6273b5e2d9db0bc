import { FlurryError } from "@flurry/core";

import { orderOf } from "../compare/interleave.ts";
import { measure } from "../measure/measure.ts";
import { evalContenders } from "./eval-contenders.ts";
import type { EvalContender } from "./eval-contenders.ts";
import { makeEvalFleet } from "./eval-fleet.ts";
import type { EvalFleet, EvalFleetOptions } from "./eval-fleet.ts";
import { evalSteps } from "./eval-steps.ts";
import type { EvalStep } from "./eval-steps.ts";

/** What one evaluation cost. */
export interface EvalSample {
  readonly contender: string;
  readonly step: EvalStep["name"];
  /** Counted from 0. */
  readonly round: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakRssBytes: number;
  /** How many hosts were evaluated, of contenders that tell. */
  readonly evaluated?: number;
}

/** What to compare. */
export interface EvalComparison extends EvalFleetOptions {
  readonly runs: number;
  /** All there are unless given. */
  readonly contenders?: readonly EvalContender[];
  /** Called with each sample as it is taken. */
  readonly onSample?: (sample: EvalSample) => void;
}

/**
 * Measures all contenders side by side: in each round the fleet is new, and so are all caches. Each step is measured for one
 * contender after the other, in an order that changes from step to step and from round to round.
 *
 * @throws FlurryError FLURRY_PROCESS_FAILED when a contender fails, or does not find what the others find
 */
export async function compareEvaluations(comparison: EvalComparison): Promise<readonly EvalSample[]> {
  const samples: EvalSample[] = [];
  for (let round = 0; round < comparison.runs; round++) samples.push(...(await runRound(comparison, round)));
  return samples;
}

async function runRound(comparison: EvalComparison, round: number): Promise<readonly EvalSample[]> {
  const { contenders = evalContenders, signal, onSample } = comparison;
  await using fleet = await makeEvalFleet(comparison);
  // Derivations are written once, by whoever is first: that shall be none of those that are measured.
  await native(fleet, signal);
  const samples: EvalSample[] = [];
  for (const [index, step] of evalSteps.entries()) {
    if (!fleet.steps.has(step.name)) continue;
    await fleet.change(step.name);
    const expected = step.name === "one" || step.name === "shared" ? await native(fleet, signal) : undefined;
    const found: Found[] = expected === undefined ? [] : [{ title: "nix", drvPaths: expected }];
    const own = contenders.filter(({ steps }) => steps.includes(step.name));
    for (const contender of orderOf(own, round + index)) {
      const { drvPaths, ...cost } = await runStep(step, contender, { fleet, signal });
      found.push({ title: contender.title, drvPaths });
      const sample = { contender: contender.name, step: step.name, round, ...cost };
      samples.push(sample);
      onSample?.(sample);
    }
    requireEqual(step, found);
  }
  return samples;
}

interface Found {
  readonly title: string;
  readonly drvPaths: ReadonlyMap<string, string>;
}

async function runStep(
  step: EvalStep,
  contender: EvalContender,
  { fleet, signal }: { readonly fleet: EvalFleet; readonly signal: AbortSignal },
): Promise<Omit<EvalSample, "contender" | "step" | "round"> & Pick<Found, "drvPaths">> {
  const hosts = contender.only === "edited" ? [fleet.edited] : fleet.hosts;
  const words = contender.command(fleet.directory, hosts);
  const { result, ...cost } = await measure(fleet.runAs(contender.name), words, { signal, timeoutMs: 3_600_000 });
  const what = `${contender.title}: ${step.title}`;
  if (result.exitCode !== 0)
    throw new FlurryError("FLURRY_PROCESS_FAILED", `${what} ended with ${result.exitCode}`, {
      details: `${result.stderr}\n${result.stdout}`.slice(-8000),
    });
  const { drvPaths, ...told } = contender.answers(result.stdout);
  const missing = hosts.filter((host) => !drvPaths.has(host));
  if (missing.length > 0)
    throw new FlurryError("FLURRY_PROCESS_FAILED", `${what} has no answer for ${missing.join(", ")}`);
  return { ...cost, ...told, drvPaths };
}

/** What nix itself finds; not measured. */
async function native(fleet: EvalFleet, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const parallel = evalContenders.find(({ name }) => name === "parallel");
  if (parallel === undefined) throw new RangeError("nobody asks nix");
  const step = { name: "cold", title: "to compare with" } as const;
  return (await runStep(step, { ...parallel, name: "native" }, { fleet, signal })).drvPaths;
}

/** A contender that is fast because it is wrong is no result. */
function requireEqual({ title }: EvalStep, found: readonly Found[]): void {
  const known = new Map<string, string>();
  for (const { title: contender, drvPaths } of found)
    for (const [host, drvPath] of drvPaths) {
      const other = known.get(host);
      if (other !== undefined && other !== drvPath)
        throw new FlurryError(
          "FLURRY_PROCESS_FAILED",
          `${contender}: ${title}: ${host} is ${drvPath}, and ${other} for the others`,
        );
      known.set(host, drvPath);
    }
}
