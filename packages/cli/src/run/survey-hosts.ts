import type { FlurryErrorJson, StorePath } from "@flurry/core";
import type { HostStatus } from "@flurry/deploy";
import type { Evaluation } from "@flurry/nix";

import { askSudoPasswords } from "./ask-sudo-password.ts";
import { openEngine, emitStart } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { evaluated, evaluateHosts } from "./evaluate-hosts.ts";
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
  const [asked, { evaluations, secretsErrors }] = await Promise.all([
    services.fleetStatus({ hosts, wanted: new Map(), parallel }, engine.context),
    request.evaluate ? evaluateWanted(start, engine, request) : { evaluations: [], secretsErrors: [] },
  ]);
  const wanted = new Map<string, StorePath>();
  for (const one of evaluations) if (one.status === "ok") wanted.set(one.host, one.outPath);
  return {
    statuses: asked.map((status) => withWanted(status, wanted.get(status.host))),
    evaluationErrors: [
      ...evaluations.flatMap((one) => (one.status === "failed" ? [one.error.withHost(one.host).toJSON()] : [])),
      ...secretsErrors,
    ],
    told: engine.progress.tellsFailures,
  };
}

interface Wanted {
  readonly evaluations: readonly Evaluation[];
  readonly secretsErrors: readonly FlurryErrorJson[];
}

async function evaluateWanted(
  start: CommandStart,
  engine: Engine,
  { secrets = false }: SurveyRequest,
): Promise<Wanted> {
  const flake = await start.loaded.lock();
  const evaluations = await evaluateHosts(start, engine, flake);
  const check = hostSecretsCheck(start.hosts, flake);
  const secretsErrors: FlurryErrorJson[] = [];
  for (const one of secrets ? evaluated(evaluations) : []) {
    const error = (await check.error(one))?.withHost(one.host).toJSON();
    if (error === undefined) continue;
    secretsErrors.push(error);
    engine.emit({ kind: "failure", host: one.host, stage: "evaluate", error });
  }
  return { evaluations, secretsErrors };
}

/** The status of a host that was asked before it was known what it should run. */
export function withWanted(status: HostStatus, wanted: StorePath | undefined): HostStatus {
  if (wanted === undefined) return status;
  const known = { ...status, wanted };
  // Every other state says something that the wanted system does not change.
  if (status.state !== "unknown" || status.current === undefined) return known;
  return { ...known, state: status.current === wanted ? "ok" : "drift" };
}
