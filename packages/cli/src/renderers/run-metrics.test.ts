import type { Verdict } from "@flurry/core";
import type { RunRecord } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { renderPrometheus } from "./prometheus.ts";
import { renderRunMetrics } from "./run-metrics.ts";

const host = (verdict: Verdict): RunRecord["hosts"][number] => ({
  host: verdict.host,
  stages: [],
  errors: [],
  verdict,
});

const run = (more: Partial<RunRecord>): RunRecord => ({
  runId: "r",
  file: "f",
  command: "deploy",
  goal: "switch",
  source: ".",
  startedAt: 1000,
  state: "finished",
  errors: [],
  hosts: [],
  ...more,
});

const runs = [
  run({ startedAt: 90_000, state: "broken-off" }),
  run({ command: "rollback", startedAt: 80_000, finishedAt: 83_000, exitCode: 0, hosts: [] }),
  run({
    startedAt: 50_000,
    finishedAt: 57_500,
    exitCode: 8,
    hosts: [
      host({ host: "nas", status: "reverted", durationMs: 2500, generation: 4 }),
      host({ host: "web", status: "deployed", durationMs: 1500, generation: 9 }),
    ],
  }),
  run({
    startedAt: 10_000,
    finishedAt: 16_000,
    exitCode: 0,
    hosts: [host({ host: "nas", status: "deployed", durationMs: 1, generation: 4 })],
  }),
];

describe("renderRunMetrics", () => {
  const lines = renderRunMetrics(runs).split("\n");

  it.each([
    'flurry_runs{command="deploy",result="ok"} 1',
    'flurry_runs{command="deploy",result="failed"} 1',
    'flurry_runs{command="deploy",result="broken-off"} 1',
    'flurry_runs{command="rollback",result="ok"} 1',
    'flurry_run_started_timestamp_seconds{command="deploy"} 90',
    'flurry_run_duration_seconds{command="rollback"} 3',
    'flurry_run_exit_code{command="rollback"} 0',
    'flurry_run_hosts{command="deploy",verdict="deployed"} 0',
    'flurry_run_last_success_timestamp_seconds{command="deploy"} 16',
    'flurry_run_host_verdict{host="nas",command="deploy",verdict="reverted"} 1',
    'flurry_run_host_timestamp_seconds{host="nas"} 57.5',
    'flurry_run_host_duration_seconds{host="nas"} 2.5',
    'flurry_run_host_generation{host="web"} 9',
    'flurry_run_host_last_success_timestamp_seconds{host="nas"} 16',
  ])("says %s", (line) => {
    expect(lines).toContain(line);
  });

  it("says nothing of how long a run took that was broken off", () => {
    expect(lines.join("\n")).not.toContain('flurry_run_duration_seconds{command="deploy"}');
    expect(lines.join("\n")).not.toContain('flurry_run_exit_code{command="deploy"}');
  });

  it("is empty without runs", () => {
    expect(renderRunMetrics([])).toBe("");
  });

  it("has no name that the file of flurry status has: node_exporter takes none from two files", () => {
    const names = (text: string): readonly string[] =>
      [...text.matchAll(/^# TYPE (\S+)/gm)].flatMap(([, name]) => name ?? []);
    const shared = new Set(names(renderPrometheus({ statuses: [], runs: runs.slice(2), now: 0 })));
    expect(shared.size).toBeGreaterThan(3);
    expect(names(renderRunMetrics(runs)).filter((name) => shared.has(name))).toEqual([]);
  });
});
