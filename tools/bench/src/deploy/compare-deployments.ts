import { LabError } from "@flurry/lab";

import { orderOf } from "../compare/interleave.ts";
import { measure } from "../measure/measure.ts";
import type { Contender } from "./contenders.ts";
import { makePlace } from "./place.ts";
import type { Place } from "./place.ts";
import { chosenHosts, steps } from "./steps.ts";
import type { Step } from "./steps.ts";
import { timeline } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";

/** What one deployment cost. */
export interface DeploySample {
  readonly contender: string;
  readonly step: string;
  /** Counted from 0. */
  readonly round: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakRssBytes: number;
  /** How many hosts the fleet has. */
  readonly hosts: number;
  /** TCP connections that the hosts accepted, all together. */
  readonly connections: number;
  /** Of contenders that tell what they do. */
  readonly timeline?: Timeline;
}

/** What to compare. */
export interface DeployComparison {
  readonly contenders: readonly Contender[];
  readonly hosts: number;
  readonly runs: number;
  /** Mebibytes of each host's first change. */
  readonly mib: number;
  readonly signal: AbortSignal;
  /** Called with each sample as it is taken. */
  readonly onSample?: (sample: DeploySample) => void;
}

/** How many hosts may be up at the same time: of many more, systemd fails to start on some. */
const hostsAtOnce = 40;

/**
 * Measures all contenders side by side: in each round every contender gets a lab of its own in the same state, and each
 * step is measured for one after the other, in an order that changes from step to step. Where that would be too many
 * hosts at once, a contender takes all steps before the next one has its lab, in an order that changes from round to round.
 *
 * @throws LabError LAB_COMMAND_FAILED when a contender fails, or does not leave the hosts as it should
 */
export async function compareDeployments(comparison: DeployComparison): Promise<readonly DeploySample[]> {
  const samples: DeploySample[] = [];
  for (let round = 0; round < comparison.runs; round++) {
    for (const contenders of together(comparison, round))
      for (const sample of await runRound({ ...comparison, contenders }, round)) samples.push(sample);
  }
  return samples;
}

/** The contenders of a round by the labs that are up at the same time. */
export function together<T>(
  { contenders, hosts }: { readonly contenders: readonly T[]; readonly hosts: number },
  round: number,
): readonly (readonly T[])[] {
  return hosts * contenders.length <= hostsAtOnce
    ? [contenders]
    : orderOf(contenders, round).map((contender) => [contender]);
}

async function runRound(comparison: DeployComparison, round: number): Promise<readonly DeploySample[]> {
  const { contenders, hosts, mib, signal, onSample } = comparison;
  const samples: DeploySample[] = [];
  const places = new Map<string, Place>();
  try {
    for (const { name, adapt } of contenders) places.set(name, await makePlace({ hosts, mib, adapt, signal }));
    for (const [index, step] of steps.entries()) {
      for (const contender of orderOf(contenders, round + index)) {
        const place = places.get(contender.name);
        if (place === undefined) continue;
        const sample = { ...(await runStep(step, contender, { place, signal })), round };
        samples.push(sample);
        onSample?.(sample);
      }
    }
  } finally {
    await Promise.all([...places.values()].map((place) => place[Symbol.asyncDispose]()));
  }
  return samples;
}

async function runStep(
  step: Step,
  contender: Contender,
  { place, signal }: { readonly place: Place; readonly signal: AbortSignal },
): Promise<Omit<DeploySample, "round">> {
  const changed = chosenHosts(step.changes, place.hosts);
  await place.change(changed);
  const before = await place.currentSystems();
  const connectionsBefore = await place.connections();
  const request = {
    directory: place.directory,
    hosts: chosenHosts(step.deploys, place.hosts),
    fleetSize: place.hosts.length,
  };
  const start = Date.now();
  const { result, ...cost } = await measure(place.run, contender.command(request), { signal, timeoutMs: 1_800_000 });
  if (result.exitCode !== 0) {
    throw new LabError("LAB_COMMAND_FAILED", `${contender.title}: ${step.title} ended with ${result.exitCode}`, {
      details: `${result.stderr}\n${result.stdout}`.slice(-8000),
    });
  }
  requireChanged(changed, { before, after: await place.currentSystems(), what: `${contender.title}: ${step.title}` });
  const connections = (await place.connections()) - connectionsBefore;
  const sample = { contender: contender.name, step: step.name, hosts: place.hosts.length, connections, ...cost };
  if (contender.name !== "flurry") return sample;
  return { ...sample, timeline: timeline(result.stdout, { start, end: start + cost.wallMs }) };
}

/** A deployment that is fast because it did not happen is no result. */
function requireChanged(
  expected: readonly string[],
  {
    before,
    after,
    what,
  }: {
    readonly before: ReadonlyMap<string, string>;
    readonly after: ReadonlyMap<string, string>;
    readonly what: string;
  },
): void {
  const changed = [...after].filter(([host, system]) => before.get(host) !== system).map(([host]) => host);
  if (changed.join(" ") === expected.join(" ")) return;
  throw new LabError(
    "LAB_COMMAND_FAILED",
    `${what} changed the systems of ${changed.join(", ") || "no host"} and not of ${expected.join(", ") || "none"}`,
  );
}
