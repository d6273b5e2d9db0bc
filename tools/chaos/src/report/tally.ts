import { errorBefore } from "../check/judge-deployers.ts";
import type { Moment } from "../plan/round-plan.ts";
import type { DeploymentEnd } from "../run/deployment.ts";
import type { RoundResult, RoundSeconds } from "../run/run-round.ts";
import type { Violation } from "../run/violation.ts";

/** How often each of some things happened, by its name. */
export type Tallied = Readonly<Record<string, number>>;

/** Counts over all rounds. */
export interface Counts {
  readonly rounds: number;
  /** One for each host that was at rest when a round began: it was deployed, broken, or both, and checked. */
  readonly hostRounds: number;
  /** Host-rounds in which a deployment had the host on its list. */
  readonly deployedHostRounds: number;
  /** Deployments, rollbacks and resumed runs. */
  readonly deployments: number;
  /** What was run, with goal, flags and transport. */
  readonly commands: Tallied;
  /** Deployers that were ended by a signal, by its name. */
  readonly deployersEnded: Tallied;
  readonly faultsStruck: number;
  /** Faults whose moment did not come. */
  readonly faultsMissed: number;
  /** The faults that struck, by their kind. */
  readonly faultKinds: Tallied;
  /** The faults that struck, by the step or the field of the record that they waited for. */
  readonly faultMoments: Tallied;
  /** How often each verdict was written by a host. */
  readonly hostVerdicts: Tallied;
  /** How often each verdict was said by a deployer, with the code of its error. */
  readonly deployerVerdicts: Tallied;
  /** Seconds that the parts of rounds took, all rounds together. */
  readonly seconds: RoundSeconds;
}

/** Where a campaign stands: enough to go on with it. */
export interface CampaignState {
  /** The rounds that were run and judged. */
  readonly done: readonly number[];
  /** Rounds that broke off because the lab could not go on, and why; they are run again. */
  readonly brokenOff: readonly { readonly round: number; readonly why: string }[];
  readonly counts: Counts;
  readonly violations: readonly Violation[];
}

/** A campaign of which no round was run yet. */
export const nothingDone: CampaignState = {
  done: [],
  brokenOff: [],
  counts: {
    rounds: 0,
    hostRounds: 0,
    deployedHostRounds: 0,
    deployments: 0,
    commands: {},
    deployersEnded: {},
    faultsStruck: 0,
    faultsMissed: 0,
    faultKinds: {},
    faultMoments: {},
    hostVerdicts: {},
    deployerVerdicts: {},
    seconds: { writing: 0, deploying: 0, waiting: 0, asking: 0 },
  },
  violations: [],
};

/** Counts what happens. */
export class Tally {
  #state: CampaignState;

  constructor(state: CampaignState = nothingDone) {
    this.#state = state;
  }

  get state(): CampaignState {
    return this.#state;
  }

  /** A round that was run and judged. */
  add(
    result: RoundResult,
    {
      round,
      violations,
      oldRuns,
    }: { readonly round: number; readonly violations: readonly Violation[]; readonly oldRuns: ReadonlySet<string> },
  ): void {
    const old = this.#state;
    this.#state = {
      ...old,
      done: [...old.done, round].toSorted((a, b) => a - b),
      counts: counted(old.counts, result, oldRuns),
      violations: [...old.violations, ...violations],
    };
  }

  /** What showed of a former round only when a lease was over. Returns it. */
  addLate(violations: readonly Violation[]): readonly Violation[] {
    this.#state = { ...this.#state, violations: [...this.#state.violations, ...violations] };
    return violations;
  }

  /** A round that could not be run to its end. */
  breakOff(round: number, why: string): void {
    this.#state = { ...this.#state, brokenOff: [...this.#state.brokenOff, { round, why }] };
  }
}

function counted(
  old: Counts,
  { states, deployments, errands, faults, seconds }: RoundResult,
  oldRuns: ReadonlySet<string>,
): Counts {
  const deployed = new Set(deployments.flatMap(({ deployment }) => deployment.hosts));
  const newRuns = [...states.values()].flatMap(({ runs }) => runs.filter(({ id }) => !oldRuns.has(id)));
  const said = deployments.flatMap(({ deployment, end }) => {
    const before = end.verdicts === undefined ? errorBefore(deployment, end) : undefined;
    return before === undefined ? verdictsOf(end) : [`nothing begun ${before}`];
  });
  const struck = faults.flatMap((fault) => (fault.struck ? [fault.planned] : []));
  const commands = [
    ...deployments.flatMap(({ deployment: { planned, resumes } }) => [
      resumes !== undefined ? "resume" : planned.command === "rollback" ? "rollback" : `deploy ${planned.goal}`,
      ...(resumes !== undefined || planned.reboot === undefined ? [] : [planned.reboot]),
      ...(resumes === undefined && planned.bringsKeys ? ["with keys"] : []),
      ...(resumes === undefined && planned.waves !== undefined ? ["in waves"] : []),
      ...(resumes === undefined && planned.hosts.some(({ profiles }) => profiles !== undefined)
        ? ["with profiles"]
        : []),
      `by ${planned.transport}`,
      ...(planned.clock.hours === 0 ? [] : ["with a wrong clock"]),
    ]),
    ...errands.map(({ planned }) => planned.command),
  ];
  const moments = struck.map(({ moment }) => nameOf(moment));
  const more = (tallied: Tallied, names: readonly string[]): Tallied => {
    const counts: Record<string, number> = { ...tallied };
    for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  };
  return {
    rounds: old.rounds + 1,
    hostRounds: old.hostRounds + states.size,
    deployedHostRounds: old.deployedHostRounds + deployed.size,
    deployments: old.deployments + deployments.length,
    commands: more(old.commands, commands),
    deployersEnded: more(
      old.deployersEnded,
      deployments.flatMap(({ deployment: { interrupted } }) => interrupted ?? []),
    ),
    faultsStruck: old.faultsStruck + struck.length,
    faultsMissed: old.faultsMissed + faults.length - struck.length,
    faultKinds: more(
      old.faultKinds,
      struck.map(({ fault }) => fault.kind),
    ),
    faultMoments: more(old.faultMoments, moments),
    hostVerdicts: more(
      old.hostVerdicts,
      newRuns.map(({ verdict }) => verdict || "none"),
    ),
    deployerVerdicts: more(old.deployerVerdicts, said),
    seconds: {
      writing: old.seconds.writing + seconds.writing,
      deploying: old.seconds.deploying + seconds.deploying,
      waiting: old.seconds.waiting + seconds.waiting,
      asking: old.seconds.asking + seconds.asking,
    },
  };
}

function verdictsOf({ verdicts = [] }: DeploymentEnd): readonly string[] {
  return verdicts.map(({ status, error }) => (error === undefined ? status : `${status} ${error.code}`));
}

function nameOf(moment: Moment): string {
  switch (moment.kind) {
    case "time":
      return "any time";
    case "stage":
      return `step ${moment.stage}`;
    case "field":
      return `field ${moment.field}`;
    case "deployer-ended":
      return "after a deployer's end";
  }
}
