import type { RoundResult } from "../run/run-round.ts";
import type { Violation } from "../run/violation.ts";
import type { CampaignState, Tallied } from "./tally.ts";

/** One line about a round. */
export function renderRound(
  { round, seconds }: { readonly round: number; readonly seconds: number },
  { deployments, errands, faults, states }: RoundResult,
  violations: readonly Violation[],
): string {
  const runs = deployments.map(({ deployment: { planned, hosts, interrupted, resumes }, end }) => {
    const what = resumes !== undefined ? "resume" : planned.command === "rollback" ? "rollback" : planned.goal;
    const signal = interrupted === undefined ? "" : ` ${interrupted}`;
    return `${planned.operator} ${what} to ${hosts.length}${signal} -> ${end.exitCode ?? end.signal}`;
  });
  const others = errands.map(({ planned, exitCode }) => `${planned.operator} ${planned.command} -> ${exitCode}`);
  const broken = violations.length === 0 ? "ok" : `VIOLATED on ${violations.map(({ host }) => host).join(", ")}`;
  const struck = faults.filter((fault) => fault.struck).length;
  const told = `${states.size} hosts, ${struck} faults (${faults.length - struck} missed)`;
  return `round ${round}: ${told}; ${[...runs, ...others].join("; ")}; ${seconds.toFixed(0)} s: ${broken}`;
}

/** All that is known of a violation. */
export function renderViolation(violation: Violation): string {
  const { seed, round, host, complaints, timeline, state, hostLog, journals } = violation;
  return [
    `VIOLATION: seed ${seed}, round ${round}, ${host}`,
    ...complaints.map((complaint) => `  ! ${complaint}`),
    "what was done and seen:",
    ...timeline.map((line) => `  ${line}`),
    "the host:",
    `  ${JSON.stringify(state, undefined, 1).replaceAll("\n", "\n  ")}`,
    "its runs:",
    `  ${hostLog.trimEnd().replaceAll("\n", "\n  ")}`,
    ...journals.map((file) => `journal: ${file}`),
    "",
  ].join("\n");
}

/** What a campaign came to, for people. */
export function renderCampaign(
  { counts, violations, brokenOff }: CampaignState,
  { seed, wanted }: { readonly seed: number; readonly wanted: number },
): string {
  const { rounds, seconds } = counts;
  const each = (part: number): string => (rounds === 0 ? "-" : `${(part / rounds).toFixed(1)} s`);
  return [
    `seed ${seed}: ${rounds} of ${wanted} rounds, ${counts.hostRounds} host-rounds (${counts.deployedHostRounds} with a deployment to the host)`,
    `${counts.deployments} deployments: ${list(counts.commands)}`,
    `deployers ended: ${list(counts.deployersEnded)}`,
    `${counts.faultsStruck} faults struck (${counts.faultsMissed} more waited for a moment that did not come): ${list(counts.faultKinds)}`,
    `they struck at: ${list(counts.faultMoments)}`,
    `verdicts of hosts: ${list(counts.hostVerdicts)}`,
    `verdicts of deployers: ${list(counts.deployerVerdicts)}`,
    `a round on the average: ${each(seconds.writing)} writing, ${each(seconds.deploying)} deploying and breaking, ${each(seconds.waiting)} until the hosts were at rest, ${each(seconds.asking)} asking them`,
    ...brokenOff.map(({ round, why }) => `round ${round} broke off and was run again: ${why}`),
    ...violations.flatMap(({ round, host, complaints }) =>
      complaints.map((complaint) => `BROKEN PROMISE: --seed ${seed} --from ${round} --rounds 1, ${host}: ${complaint}`),
    ),
    violations.length === 0
      ? "after every round every host was reachable, on a confirmed system, with nothing left of a run"
      : `${violations.length} broken promises`,
  ].join("\n");
}

function list(tallied: Tallied): string {
  const words = Object.entries(tallied)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, number]) => `${number} ${name}`);
  return words.length === 0 ? "none" : words.join(", ");
}
