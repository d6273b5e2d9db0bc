import type { FleetLab, LabHost } from "@flurry/lab";

import type { RoundContext, RoundResult } from "../run/run-round.ts";
import type { Violation } from "../run/violation.ts";
import type { HostState } from "./host-state.ts";
import { judgeDeployers, judgeErrands, keyRunsOf } from "./judge-deployers.ts";
import { committedSystems, judgeHost } from "./judge-host.ts";
import type { HostBefore } from "./judge-host.ts";
import { judgeKeys } from "./judge-keys.ts";

/** A host of a round that was run. */
export interface JudgedHost {
  readonly host: LabHost;
  readonly seed: number;
  readonly result: RoundResult;
  /** What it was before the round. */
  readonly known: HostBefore;
}

/** Checks the promise on every host that took part in a round. */
export async function judgeRound(
  { seed, result }: Pick<JudgedHost, "seed" | "result">,
  { fleet, before }: RoundContext,
): Promise<readonly Violation[]> {
  const found = await Promise.all(
    fleet.lab.hosts.map(async (host): Promise<readonly Violation[]> => {
      const known = before.get(host.name);
      if (known === undefined) return [];
      const judged = { host, seed, result, known };
      const state = result.states.get(host.name);
      const complaints = [
        ...(await judgeReach(fleet, host)),
        ...(state === undefined
          ? ["its console gave no answer"]
          : [...judgeState(judged, state), ...judgeDeployers(host.name, result.deployments, state)]),
        ...judgeErrands(host.name, result.errands),
      ];
      return await violationOf(judged, complaints, state);
    }),
  );
  return found.flat();
}

/** Checks the promise once more on a host whose lease was not over when the round was, and is by now. */
export async function judgeLater(judged: JudgedHost, state: HostState): Promise<readonly Violation[]> {
  return await violationOf(judged, judgeState(judged, state), state);
}

function judgeState({ host: { name }, result, known }: JudgedHost, state: HostState): readonly string[] {
  return [
    ...judgeHost(known, state),
    // Keys of a run that has not begun are taken back with it, when its lease is over.
    ...(state.lease === undefined ? judgeKeys(known, state, keyRunsOf(name, result, state)) : []),
    ...judgeRollbacks(name, result, { known, state }),
  ];
}

async function violationOf(
  { host, seed, result, known }: JudgedHost,
  complaints: readonly string[],
  state: HostState | undefined,
): Promise<readonly Violation[]> {
  if (complaints.length === 0) return [];
  const journals = result.deployments.map(
    ({ deployment: { directory, runId = "none" } }) => `${directory}/.flurry/runs/${runId}.ndjson`,
  );
  const hostLog = await logsOf(host, [...known.runs]);
  const { round } = result.plan;
  const timeline = result.log.about(host.name);
  return [{ seed, round, host: host.name, complaints, timeline, state, hostLog, journals }];
}

async function judgeReach(fleet: FleetLab, { name }: LabHost): Promise<readonly string[]> {
  const ssh = ["ssh", "-F", fleet.lab.sshConfigFile, "-o", "ConnectTimeout=10", "-o", "ControlPath=none", name, "true"];
  const { exitCode, stderr } = await fleet.exec(ssh, { timeoutMs: 30_000 });
  return exitCode === 0 ? [] : [`it cannot be reached over ssh: ${stderr.trim().slice(-300)}`];
}

/** Whoever takes a host back chooses what was confirmed. */
function judgeRollbacks(
  host: string,
  { deployments }: RoundResult,
  { known, state }: { readonly known: HostBefore; readonly state: HostState },
): readonly string[] {
  const confirmed = new Set([...known.confirmed, known.profile, ...committedSystems(state.runs)]);
  return deployments.flatMap(({ deployment: { planned, runId, hosts } }) => {
    const record = state.runs.find(({ id }) => id === runId);
    // A disk that was full when the run was to begin may have kept no more of it than its name.
    if (planned.command !== "rollback" || record === undefined || record.token === "none" || !hosts.includes(host))
      return [];
    return confirmed.has(record.candidate) ? [] : [`it was taken back to ${record.candidate}, which nobody confirmed`];
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
