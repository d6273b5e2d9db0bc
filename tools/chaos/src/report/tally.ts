import type { RoundResult } from "../run/run-round.ts";
import type { Violation } from "../run/violation.ts";

/** Counts over all rounds. */
export interface Counts {
  readonly rounds: number;
  /** One for each host that was at rest when a round began: it was deployed, broken, or both, and checked. */
  readonly hostRounds: number;
  /** Host-rounds in which a deployment had the host on its list. */
  readonly deployedHostRounds: number;
  readonly deployments: number;
  readonly deployersEnded: number;
  readonly faultsStruck: number;
  /** Faults whose moment did not come. */
  readonly faultsMissed: number;
  /** How often each verdict was written by a host. */
  readonly hostVerdicts: Readonly<Record<string, number>>;
  /** How often each verdict was said by a deployer, with the code of its error. */
  readonly deployerVerdicts: Readonly<Record<string, number>>;
}

/** Counts what happens. */
export class Tally {
  readonly violations: Violation[] = [];
  #counts: Counts = {
    rounds: 0,
    hostRounds: 0,
    deployedHostRounds: 0,
    deployments: 0,
    deployersEnded: 0,
    faultsStruck: 0,
    faultsMissed: 0,
    hostVerdicts: {},
    deployerVerdicts: {},
  };

  get counts(): Counts {
    return this.#counts;
  }

  add(
    { states, deployments, faults }: RoundResult,
    { violations, oldRuns }: { readonly violations: readonly Violation[]; readonly oldRuns: ReadonlySet<string> },
  ): void {
    const old = this.#counts;
    const ended = deployments.filter(({ deployment }) => deployment.interrupted !== undefined);
    const deployed = new Set(deployments.flatMap(({ deployment }) => deployment.hosts));
    const newRuns = [...states.values()].flatMap(({ runs }) => runs.filter(({ id }) => !oldRuns.has(id)));
    const said = deployments.flatMap(({ end }) =>
      (end.verdicts ?? []).map(({ status, error }) => (error === undefined ? status : `${status} ${error.code}`)),
    );
    this.#counts = {
      rounds: old.rounds + 1,
      hostRounds: old.hostRounds + states.size,
      deployedHostRounds: old.deployedHostRounds + deployed.size,
      deployments: old.deployments + deployments.length,
      deployersEnded: old.deployersEnded + ended.length,
      faultsStruck: old.faultsStruck + faults.struck,
      faultsMissed: old.faultsMissed + faults.missed,
      hostVerdicts: count(
        old.hostVerdicts,
        newRuns.map(({ verdict }) => verdict || "none"),
      ),
      deployerVerdicts: count(old.deployerVerdicts, said),
    };
    this.violations.push(...violations);
  }
}

function count(old: Readonly<Record<string, number>>, names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = { ...old };
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
