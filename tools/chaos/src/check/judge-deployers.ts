import type { Deployment, DeploymentEnd } from "../run/deployment.ts";
import type { PastErrand } from "../run/errand.ts";
import type { PastDeployment } from "../run/run-deployments.ts";
import type { RoundResult } from "../run/run-round.ts";
import type { HostState } from "./host-state.ts";
import type { KeyRun } from "./judge-keys.ts";
import { judgeVerdict } from "./judge-verdict.ts";

/** What was wrong with what the deployers said of a host. */
export function judgeDeployers(
  host: string,
  deployments: readonly PastDeployment[],
  state: HostState,
): readonly string[] {
  return deployments.flatMap(({ deployment, end }) => {
    const { operator } = deployment.planned;
    if (end.hung) return [`${operator}'s deployer hung`];
    if (end.verdicts === undefined) {
      return deployment.interrupted === undefined && errorBefore(deployment, end) === undefined
        ? [`${operator}'s deployer said nothing: ${end.stderr.slice(-500)}${end.lastLine.slice(-500)}`]
        : [];
    }
    const verdict = end.verdicts.find((each) => each.host === host);
    if (verdict === undefined || deployment.runId === undefined) return [];
    const wasResumed = deployments.some(({ deployment: { resumes } }) => resumes === deployment);
    return judgeVerdict(verdict, { runIds: deployment.runIds, wasResumed }, state).map(
      (complaint) => `${operator}: ${complaint}`,
    );
  });
}

/**
 * The code with which a deployer said that it did not begin: a run that is where it should be is not gone on with, and its
 * own Nix may fail. Undefined for one that began, or did not say why.
 */
export function errorBefore({ runId }: Deployment, { lastLine }: DeploymentEnd): string | undefined {
  const [, code] = /^\{"kind":"error",.*?"code":"(FLURRY_[A-Z_]+)"/.exec(lastLine) ?? [];
  return runId === undefined && code !== "FLURRY_INTERNAL" ? code : undefined;
}

/** What was wrong with the commands beside the deployments. */
export function judgeErrands(host: string, errands: readonly PastErrand[]): readonly string[] {
  return errands.flatMap(({ planned: { command, operator }, hosts, hung, output, exitCode }) => {
    if (!hosts.includes(host)) return [];
    if (hung) return [`${operator}'s ${command} hung`];
    if (output.includes("FLURRY_INTERNAL")) return [`${operator}'s ${command} made a mistake: ${output.slice(-800)}`];
    return exitCode === 0 || output.includes("FLURRY_") || command === "status"
      ? []
      : [`${operator}'s ${command} ended with ${exitCode} and no word why: ${output.slice(-800)}`];
  });
}

/** What the runs of a round, resumed ones among them, brought to a host in keys. */
export function keyRunsOf(
  host: string,
  { plan: { keyValues }, deployments, errands }: Pick<RoundResult, "plan" | "deployments" | "errands">,
  state: HostState,
): readonly KeyRun[] {
  const known = new Set(state.runs.map(({ id }) => id));
  const byDeployments = deployments.flatMap(({ deployment, end }): readonly KeyRun[] => {
    const { planned, runId = "none", hosts } = deployment;
    const choice = planned.hosts.find((each) => each.host === host);
    if (!planned.bringsKeys || choice === undefined || !hosts.includes(host)) return [];
    const status = end.verdicts?.find((each) => each.host === host)?.status;
    // A host that reboots gets its keys once more, whichever system comes up; one whose run ended is given them again.
    const again = planned.reboot !== undefined || deployment.resumes !== undefined;
    const maybeAlone = status === "unchanged" || (status === undefined && !known.has(runId)) || again;
    return [{ runId, value: keyValues[planned.operator], waitsForKeys: choice.magicRollback, maybeAlone }];
  });
  const byHand = errands.flatMap(({ planned, hosts }): readonly KeyRun[] =>
    planned.command === "upload-keys" && hosts.includes(host)
      ? [{ runId: "none", value: keyValues[planned.operator], waitsForKeys: false, maybeAlone: true }]
      : [],
  );
  return [...byDeployments, ...byHand];
}
