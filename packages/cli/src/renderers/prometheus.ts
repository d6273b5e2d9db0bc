import type { VerdictStatus } from "@flurry/core";
import type { HostStatus, RunRecord } from "@flurry/deploy";

import { prometheusText, sample } from "./prometheus-text.ts";
import type { Metric, Sample } from "./prometheus-text.ts";

/** What the file is made from. */
export interface FleetMetrics {
  readonly statuses: readonly HostStatus[];
  /** The runs that are known, the newest first. */
  readonly runs: readonly RunRecord[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const states: readonly HostStatus["state"][] = ["ok", "drift", "uncommitted", "deploying", "unknown", "unreachable"];

const verdicts: readonly VerdictStatus[] = ["deployed", "unchanged", "reverted", "failed", "unreachable", "skipped"];

/**
 * The state of a fleet and what its last runs came to in Prometheus' text format (version 0.0.4), for node_exporter's
 * textfile collector: gauges without timestamps.
 */
export function renderPrometheus({ statuses, runs, now }: FleetMetrics): string {
  const metrics = [
    { name: "status_timestamp_seconds", help: "When the hosts were asked.", values: [sample({}, now / 1000)] },
    ...statusMetrics(statuses),
    ...runMetrics(runs.find(({ finishedAt }) => finishedAt !== undefined)),
    ...verdictMetrics(runs),
  ];
  return prometheusText(metrics);
}

function statusMetrics(statuses: readonly HostStatus[]): readonly Metric[] {
  const perHost = (value: (status: HostStatus) => number | undefined): readonly Sample[] =>
    statuses.flatMap((status) => {
      const number = value(status);
      return number === undefined ? [] : [sample({ host: status.host }, number)];
    });
  const flag = (value: boolean | undefined): number | undefined => (value === undefined ? undefined : Number(value));
  return [
    {
      name: "host_up",
      help: "1 when the host could be asked.",
      values: perHost(({ current }) => Number(current !== undefined)),
    },
    {
      name: "host_state",
      help: "1 for the state that the host is in.",
      values: statuses.flatMap(({ host, state }) =>
        states.map((each) => sample({ host, state: each }, Number(each === state))),
      ),
    },
    {
      name: "host_drift",
      help: "1 when the host runs another system than the repository says.",
      values: perHost(({ current, wanted }) =>
        wanted === undefined || current === undefined ? undefined : Number(current !== wanted),
      ),
    },
    {
      name: "host_generation",
      help: "The generation that the host boots.",
      values: perHost(({ generation }) => generation),
    },
    {
      name: "host_reboot_needed",
      help: "1 when the host runs a system whose kernel, initrd or modules it did not boot.",
      values: perHost(({ rebootNeeded }) => flag(rebootNeeded)),
    },
    {
      name: "host_failed_units",
      help: "How many units of the host are in the failed state.",
      values: perHost(({ failedUnits }) => failedUnits?.length),
    },
    {
      name: "host_uptime_seconds",
      help: "Since when the host is up.",
      values: perHost(({ uptimeSeconds }) => uptimeSeconds),
    },
    {
      name: "host_store_free_bytes",
      help: "Free bytes where the Nix store lies.",
      values: perHost(({ storeFreeBytes }) => storeFreeBytes),
    },
    {
      name: "host_store_size_bytes",
      help: "Bytes of the file system where the Nix store lies.",
      values: perHost(({ storeTotalBytes }) => storeTotalBytes),
    },
    {
      name: "host_root_free_bytes",
      help: "Free bytes of the root file system.",
      values: perHost(({ rootFreeBytes }) => rootFreeBytes),
    },
    {
      name: "host_root_size_bytes",
      help: "Bytes of the root file system.",
      values: perHost(({ rootTotalBytes }) => rootTotalBytes),
    },
    {
      name: "host_info",
      help: "The system that the host runs and the one that it should, as labels.",
      values: statuses.flatMap(({ host, current, wanted }) =>
        current === undefined ? [] : [sample({ host, current, ...(wanted === undefined ? {} : { wanted }) }, 1)],
      ),
    },
  ];
}

function runMetrics(run: RunRecord | undefined): readonly Metric[] {
  if (run?.finishedAt === undefined) return [];
  const { finishedAt, startedAt, exitCode, hosts, command } = run;
  return [
    {
      name: "last_run_finished_timestamp_seconds",
      help: "When the last run ended.",
      values: [sample({ command }, finishedAt / 1000)],
    },
    {
      name: "last_run_duration_seconds",
      help: "How long the last run took.",
      values: [sample({ command }, (finishedAt - startedAt) / 1000)],
    },
    {
      name: "last_run_exit_code",
      help: "The exit code of the last run.",
      values: exitCode === undefined ? [] : [sample({ command }, exitCode)],
    },
    {
      name: "last_run_hosts",
      help: "How many hosts ended the last run with which verdict.",
      values: verdicts.map((verdict) =>
        sample({ command, verdict }, hosts.filter((host) => host.verdict?.status === verdict).length),
      ),
    },
  ];
}

/** The newest verdict that each host has in any of the runs. */
function verdictMetrics(runs: readonly RunRecord[]): readonly Metric[] {
  const newest = new Map<string, { readonly verdict: VerdictStatus; readonly at: number }>();
  for (const { hosts, startedAt, finishedAt } of runs)
    for (const { host, verdict } of hosts)
      if (verdict !== undefined && !newest.has(host))
        newest.set(host, { verdict: verdict.status, at: finishedAt ?? startedAt + verdict.durationMs });
  return [
    {
      name: "host_last_verdict",
      help: "1 for the verdict that the host had in its last run.",
      values: [...newest].map(([host, { verdict }]) => sample({ host, verdict }, 1)),
    },
    {
      name: "host_last_verdict_timestamp_seconds",
      help: "When the last run that the host was in ended.",
      values: [...newest].map(([host, { at }]) => sample({ host }, at / 1000)),
    },
  ];
}
