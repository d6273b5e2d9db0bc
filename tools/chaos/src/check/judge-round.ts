import type { FleetLab, LabHost } from "@flurry/lab";

import type { RoundContext, RoundResult } from "../run/run-round.ts";
import type { Violation } from "../run/violation.ts";
import type { HostState } from "./host-state.ts";
import { judgeHost } from "./judge-host.ts";
import { judgeVerdict } from "./judge-verdict.ts";

/** Checks the promise on every host that took part in a round. */
export async function judgeRound(
  place: { readonly seed: number; readonly round: number },
  result: RoundResult,
  { fleet, before }: RoundContext,
): Promise<readonly Violation[]> {
  const hosts = fleet.lab.hosts.filter(({ name }) => before.has(name));
  const found = await Promise.all(
    hosts.map(async (host): Promise<readonly Violation[]> => {
      const state = result.states.get(host.name);
      const known = before.get(host.name);
      const complaints = [
        ...(await judgeReach(fleet, host)),
        ...(state === undefined || known === undefined ? ["its console gave no answer"] : judgeHost(known, state)),
        ...(state === undefined ? [] : judgeDeployers(host.name, result, state)),
      ];
      if (complaints.length === 0) return [];
      const journals = result.deployments.map(
        ({ deployment: { directory, runId = "none" } }) => `${directory}/.flurry/runs/${runId}.ndjson`,
      );
      const hostLog = await logsOf(host, [...(known?.runs ?? [])]);
      return [
        { ...place, host: host.name, complaints, timeline: result.log.about(host.name), state, hostLog, journals },
      ];
    }),
  );
  return found.flat();
}

async function judgeReach(fleet: FleetLab, { name }: LabHost): Promise<readonly string[]> {
  const ssh = ["ssh", "-F", fleet.lab.sshConfigFile, "-o", "ConnectTimeout=10", "-o", "ControlPath=none", name, "true"];
  const { exitCode, stderr } = await fleet.exec(ssh, { timeoutMs: 30_000 });
  return exitCode === 0 ? [] : [`it cannot be reached over ssh: ${stderr.trim().slice(-300)}`];
}

function judgeDeployers(host: string, { deployments }: RoundResult, state: HostState): readonly string[] {
  return deployments.flatMap(({ deployment, end }) => {
    const { operator } = deployment.planned;
    if (end.hung) return [`${operator}'s deployer hung`];
    if (end.verdicts === undefined) {
      return deployment.interrupted === undefined
        ? [`${operator}'s deployer said nothing: ${end.stderr.slice(-500)}`]
        : [];
    }
    const verdict = end.verdicts.find((each) => each.host === host);
    if (verdict === undefined || deployment.runId === undefined) return [];
    return judgeVerdict(verdict, deployment.runId, state).map((complaint) => `${operator}: ${complaint}`);
  });
}

/** The logs of all runs on a host but the given ones. */
async function logsOf(host: LabHost, except: readonly string[]): Promise<string> {
  const script = `
    for run in /var/lib/flurry/runs/*; do
      case " $0 " in *" \${run##*/} "*) continue ;; esac
      echo "== $run"; ls -lA --time-style=full-iso "$run" | cut -c 25-
      tail -n 60 "$run/log"
    done
    [ ! -d /run/systemd/system ] || systemctl list-units --all --plain --no-legend 'flurry*' 'sshd*'`;
  const { stdout, stderr } = await host.run(["sh", "-c", script, except.join(" ")], { timeoutMs: 20_000 });
  return `${stdout}${stderr}`;
}
