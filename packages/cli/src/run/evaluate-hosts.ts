import { attributed, evaluationRequests } from "@flurry/deploy";
import type { Attributed } from "@flurry/deploy";
import type { Evaluation, EvaluationRequest, EvaluationSuccess, LockedFlake } from "@flurry/nix";
import type { Host } from "@flurry/schema";

import type { Engine } from "./engine.ts";
import type { CommandStart } from "./start-command.ts";

/** Evaluates the systems and profiles of the selected hosts; the results stand in fleet order. */
export async function evaluateHosts(
  { hosts, evaluation: choice, interruption }: CommandStart,
  { pool, emit }: Engine,
  flake: LockedFlake,
): Promise<readonly Attributed[]> {
  const requests = evaluationRequests(hosts);
  const found = new Map<string, Attributed>();
  for await (const one of pool.evaluate(flake, requests, { ...choice, signal: interruption.signal })) {
    const { host, evaluation } = attributed(one, hosts);
    found.set(one.host, attributed(one, hosts));
    if (evaluation.status === "failed")
      emit({ kind: "failure", host, stage: "evaluate", error: evaluation.error.withHost(host).toJSON() });
  }
  // Requests stand in fleet order, and the profiles of a host behind its system.
  return requests.flatMap((request) => found.get(request.host) ?? []);
}

/** The evaluations of systems alone. */
export function ofSystems(all: readonly Attributed[]): readonly Evaluation[] {
  return all.flatMap(({ profile, evaluation }) => (profile === undefined ? [evaluation] : []));
}

/** What to ask Nix for the systems of hosts. */
export function requestsOf(hosts: readonly Host[]): readonly EvaluationRequest[] {
  return hosts.flatMap(({ name, attrPath, keepsSystem }) => (keepsSystem === true ? [] : [{ host: name, attrPath }]));
}

/** The evaluations that came to something. */
export function evaluated(evaluations: readonly Evaluation[]): readonly EvaluationSuccess[] {
  return evaluations.filter((evaluation) => evaluation.status === "ok");
}
