import { storePath } from "@flurry/core";
import type { FlurryErrorJson, StorePath } from "@flurry/core";
import { withWantedProfile } from "@flurry/deploy";
import type { Attributed, HostStatus } from "@flurry/deploy";
import type { Host } from "@flurry/schema";

import { askSudoPasswords } from "./ask-sudo-password.ts";
import { openEngine, emitStart } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { evaluated, evaluateHosts, ofSystems } from "./evaluate-hosts.ts";
import { hostSecretsCheck } from "./host-secrets.ts";
import type { CommandStart } from "./start-command.ts";

/** What to find out about the selected hosts. */
export interface SurveyRequest {
  /** The command that asks, for its progress. */
  readonly command: string;
  /** Whether to evaluate what the hosts should run. */
  readonly evaluate: boolean;
  /** Whether what is evaluated includes whether the secrets of the hosts are ready. */
  readonly secrets?: boolean;
  /** How many hosts are asked at a time. */
  readonly parallel?: number;
}

/** What the hosts run, against what they should. */
export interface Survey {
  /** In fleet order. */
  readonly statuses: readonly HostStatus[];
  /** Why it is not known what some hosts should run, or why they should not be deployed like that. */
  readonly evaluationErrors: readonly FlurryErrorJson[];
  /** Whether the evaluation errors were shown already. */
  readonly told: boolean;
}

const defaultParallel = 16;

/** Asks the hosts what they run and evaluates what they should, both at the same time. Changes nothing. */
export async function surveyHosts(start: CommandStart, request: SurveyRequest): Promise<Survey> {
  const { hosts, services } = start;
  await askSudoPasswords(start);
  await using engine = await openEngine(start);
  emitStart(start, engine.emit, request.command);
  const parallel = request.parallel ?? defaultParallel;
  const [asked, { all, secretsErrors }] = await Promise.all([
    services.fleetStatus({ hosts, wanted: new Map(), parallel }, engine.context),
    request.evaluate ? evaluateWanted(start, engine, request) : { all: [], secretsErrors: [] },
  ]);
  return {
    statuses: asked.map((status) => withWanted(status, wantedOf(status, hosts, all))),
    evaluationErrors: [
      ...all.flatMap(({ host, evaluation: one }) =>
        one.status === "failed" ? [one.error.withHost(host).toJSON()] : [],
      ),
      ...secretsErrors,
    ],
    told: engine.progress.tellsFailures,
  };
}

interface Wanted {
  readonly all: readonly Attributed[];
  readonly secretsErrors: readonly FlurryErrorJson[];
}

async function evaluateWanted(
  start: CommandStart,
  engine: Engine,
  { secrets = false }: SurveyRequest,
): Promise<Wanted> {
  const flake = await start.loaded.lock();
  const all = await evaluateHosts(start, engine, flake);
  const check = hostSecretsCheck(start.hosts, flake);
  const secretsErrors: FlurryErrorJson[] = [];
  for (const one of secrets ? evaluated(ofSystems(all)) : []) {
    const error = (await check.error(one))?.withHost(one.host).toJSON();
    if (error === undefined) continue;
    secretsErrors.push(error);
    engine.emit({ kind: "failure", host: one.host, stage: "evaluate", error });
  }
  return { all, secretsErrors };
}

/** What the flake has for a host. */
export interface WantedOfHost {
  /** Undefined where it is not known. */
  readonly system: StorePath | undefined;
  /** By name. */
  readonly profiles: ReadonlyMap<string, StorePath>;
}

function wantedOf(
  { host: name, current }: HostStatus,
  hosts: readonly Host[],
  all: readonly Attributed[],
): WantedOfHost {
  // A host that keeps its system is to run what it runs.
  const keeps = hosts.some((host) => host.name === name && host.keepsSystem === true);
  const kept = keeps && all.length > 0 && current !== undefined ? storePath(current) : undefined;
  const found = all.flatMap(({ host, profile, evaluation }) =>
    host === name && evaluation.status === "ok" ? [{ profile, outPath: evaluation.outPath }] : [],
  );
  return {
    system: kept ?? found.find(({ profile }) => profile === undefined)?.outPath,
    profiles: new Map(
      found.flatMap(({ profile, outPath }) => (profile === undefined ? [] : [[profile.name, outPath] as const])),
    ),
  };
}

/** The status of a host that was asked before it was known what it should run. */
export function withWanted(status: HostStatus, wanted: WantedOfHost): HostStatus {
  const profiles = status.profiles?.map((profile) => withWantedProfile(profile, wanted.profiles.get(profile.name)));
  const { system } = wanted;
  const known = {
    ...status,
    ...(system === undefined ? {} : { wanted: system }),
    ...(profiles === undefined ? {} : { profiles }),
  };
  // Every other state says something that the wanted system does not change.
  if (status.state !== "unknown" || status.current === undefined) return known;
  const differs = (profiles ?? []).some(({ state }) => state === "drift" || state === "absent");
  if (system === undefined) return known;
  return { ...known, state: status.current === system && !differs ? "ok" : "drift" };
}
