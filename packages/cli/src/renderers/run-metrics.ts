import type { VerdictStatus } from "@flurry/core";
import { isDone } from "@flurry/deploy";
import type { RunHost, RunRecord } from "@flurry/deploy";

import { prometheusText, sample } from "./prometheus-text.ts";
import type { Metric, Sample } from "./prometheus-text.ts";

const results = ["ok", "failed", "broken-off", "running"] as const;

const verdicts: readonly VerdictStatus[] = ["deployed", "unchanged", "reverted", "failed", "unreachable", "skipped"];

/**
 * What runs came to, for node_exporter's textfile collector: the last run of each command, the last verdict of each host,
 * and how many runs there were. Shares no name with the file of `flurry status`, so that both may lie in one directory.
 *
 * @param runs - the newest first
 */
export function renderRunMetrics(runs: readonly RunRecord[]): string {
  return prometheusText([...runTotals(runs), ...lastRuns(runs), ...hostMetrics(runs)]);
}

function resultOf({ state, exitCode }: RunRecord): (typeof results)[number] {
  if (state !== "finished") return state;
  return exitCode === 0 ? "ok" : "failed";
}

function runTotals(runs: readonly RunRecord[]): readonly Metric[] {
  const values = commandsOf(runs).flatMap((command) =>
    results.map((result) =>
      sample({ command, result }, runs.filter((run) => run.command === command && resultOf(run) === result).length),
    ),
  );
  return [{ name: "runs", help: "How many of the known runs ended how.", values }];
}

function lastRuns(runs: readonly RunRecord[]): readonly Metric[] {
  const newest = commandsOf(runs).flatMap((name) => runs.find(({ command }) => command === name) ?? []);
  const succeeded = commandsOf(runs).flatMap(
    (name) => runs.find((run) => run.command === name && resultOf(run) === "ok") ?? [],
  );
  const each = (from: readonly RunRecord[], value: (run: RunRecord) => number | undefined): readonly Sample[] =>
    from.flatMap((run) => {
      const number = value(run);
      return number === undefined ? [] : [sample({ command: run.command }, number)];
    });
  return [
    {
      name: "run_started_timestamp_seconds",
      help: "When the last run began.",
      values: each(newest, ({ startedAt }) => startedAt / 1000),
    },
    {
      name: "run_duration_seconds",
      help: "How long the last run took; missing when it was broken off.",
      values: each(newest, ({ startedAt, finishedAt }) =>
        finishedAt === undefined ? undefined : (finishedAt - startedAt) / 1000,
      ),
    },
    {
      name: "run_exit_code",
      help: "The exit code of the last run; missing when it was broken off.",
      values: each(newest, ({ exitCode }) => exitCode),
    },
    {
      name: "run_hosts",
      help: "How many hosts ended the last run with which verdict.",
      values: newest.flatMap(({ command, hosts }) =>
        verdicts.map((verdict) =>
          sample({ command, verdict }, hosts.filter((host) => host.verdict?.status === verdict).length),
        ),
      ),
    },
    {
      name: "run_last_success_timestamp_seconds",
      help: "When the last run ended that went well.",
      values: each(succeeded, ({ finishedAt }) => (finishedAt === undefined ? undefined : finishedAt / 1000)),
    },
  ];
}

/** The newest run of each host that came to a verdict for it. */
function hostMetrics(runs: readonly RunRecord[]): readonly Metric[] {
  const last = newestOfHosts(runs, () => true);
  const good = newestOfHosts(runs, isDone);
  const each = (from: typeof last, value: (found: HostRun) => number | undefined): readonly Sample[] =>
    [...from].flatMap(([host, found]) => {
      const number = value(found);
      return number === undefined ? [] : [sample({ host }, number)];
    });
  return [
    {
      name: "run_host_verdict",
      help: "1 for the verdict that the host had in its last run.",
      values: [...last].map(([host, { verdict, command }]) => sample({ host, command, verdict: verdict.status }, 1)),
    },
    {
      name: "run_host_timestamp_seconds",
      help: "When the last run that the host was in ended.",
      values: each(last, ({ at }) => at / 1000),
    },
    {
      name: "run_host_duration_seconds",
      help: "How long the last run worked on the host.",
      values: each(last, ({ verdict }) => verdict.durationMs / 1000),
    },
    {
      name: "run_host_generation",
      help: "The generation that the host had at the end of its last run.",
      values: each(last, ({ verdict }) => verdict.generation),
    },
    {
      name: "run_host_last_success_timestamp_seconds",
      help: "When the last run ended that left the host where it should be.",
      values: each(good, ({ at }) => at / 1000),
    },
  ];
}

interface HostRun {
  readonly verdict: NonNullable<RunHost["verdict"]>;
  readonly command: string;
  readonly at: number;
}

function newestOfHosts(runs: readonly RunRecord[], isWanted: (host: RunHost) => boolean): ReadonlyMap<string, HostRun> {
  const newest = new Map<string, HostRun>();
  for (const { hosts, command, startedAt, finishedAt } of runs)
    for (const each of hosts) {
      const { host, verdict } = each;
      if (verdict !== undefined && isWanted(each) && !newest.has(host))
        newest.set(host, { verdict, command, at: finishedAt ?? startedAt + verdict.durationMs });
    }
  return newest;
}

function commandsOf(runs: readonly RunRecord[]): readonly string[] {
  return [...new Set(runs.map(({ command }) => command))].toSorted();
}
