import type { Evaluation, EvaluationRequest, EvaluationSuccess, LockedFlake } from "@flurry/nix";
import type { Host } from "@flurry/schema";

import type { Engine } from "./engine.ts";
import type { CommandStart } from "./start-command.ts";

/** Evaluates the systems of the selected hosts; the results stand in fleet order. */
export async function evaluateHosts(
  { hosts, evaluation: choice, interruption }: CommandStart,
  { pool, emit }: Engine,
  flake: LockedFlake,
): Promise<readonly Evaluation[]> {
  const requests = requestsOf(hosts);
  const byHost = new Map<string, Evaluation>();
  for await (const evaluation of pool.evaluate(flake, requests, { ...choice, signal: interruption.signal })) {
    byHost.set(evaluation.host, evaluation);
    const { host } = evaluation;
    if (evaluation.status === "failed")
      emit({ kind: "failure", host, stage: "evaluate", error: evaluation.error.withHost(host).toJSON() });
  }
  return hosts.flatMap(({ name }) => byHost.get(name) ?? []);
}

/** What to ask Nix for the systems of hosts. */
export function requestsOf(hosts: readonly Host[]): readonly EvaluationRequest[] {
  return hosts.map(({ name, attrPath }) => ({ host: name, attrPath }));
}

/** The evaluations that came to something. */
export function evaluated(evaluations: readonly Evaluation[]): readonly EvaluationSuccess[] {
  return evaluations.filter((evaluation) => evaluation.status === "ok");
}
