import type { RoundResult } from "../run/run-round.ts";
import type { Violation } from "../run/violation.ts";
import type { Counts } from "./tally.ts";

/** One line about a round. */
export function renderRound(
  { round, seconds }: { readonly round: number; readonly seconds: number },
  { deployments, faults, states }: RoundResult,
  violations: readonly Violation[],
): string {
  const runs = deployments.map(
    ({ deployment: { planned, hosts, interrupted }, end }) =>
      `${planned.operator} ${planned.goal} to ${hosts.length}${interrupted === undefined ? "" : ` ${interrupted}`} -> ${end.exitCode ?? end.signal}`,
  );
  const broken = violations.length === 0 ? "ok" : `VIOLATED on ${violations.map(({ host }) => host).join(", ")}`;
  const told = `${states.size} hosts, ${faults.struck} faults (${faults.missed} missed)`;
  return `round ${round}: ${told}; ${runs.join("; ")}; ${seconds.toFixed(0)} s: ${broken}`;
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

/** The counts, honestly. */
export function renderCounts(counts: Counts, violations: number): string {
  const list = (record: Readonly<Record<string, number>>): string =>
    Object.entries(record)
      .sort(([, a], [, b]) => b - a)
      .map(([name, number]) => `${number} ${name}`)
      .join(", ");
  return `${counts.rounds} rounds, ${counts.hostRounds} host-rounds (${counts.deployedHostRounds} with a deployment to the host), ${counts.deployments} deployments, ${counts.deployersEnded} deployers ended by a signal
${counts.faultsStruck} faults struck, ${counts.faultsMissed} waited for a moment that did not come
verdicts of hosts: ${list(counts.hostVerdicts)}
verdicts of deployers: ${list(counts.deployerVerdicts)}
${violations} violations`;
}
