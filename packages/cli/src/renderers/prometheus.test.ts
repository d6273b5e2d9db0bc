import type { HostStatus, RunRecord } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { renderPrometheus } from "./prometheus.ts";

const nas: HostStatus = {
  host: "nas",
  state: "drift",
  current: "/nix/store/a",
  wanted: "/nix/store/b",
  generation: 42,
  rebootNeeded: true,
  failedUnits: ["nginx.service"],
  uptimeSeconds: 3600,
  storeFreeBytes: 5e9,
  storeTotalBytes: 1e10,
  rootFreeBytes: 1e9,
  rootTotalBytes: 2e9,
  durationMs: 1,
};

const gone: HostStatus = { host: 'a"b\\c', state: "unreachable", durationMs: 1 };

const run: RunRecord = {
  runId: "r",
  file: "f",
  command: "deploy",
  goal: "switch",
  source: ".",
  startedAt: 1000,
  finishedAt: 6000,
  exitCode: 6,
  state: "finished",
  errors: [],
  hosts: [
    { host: "nas", stages: [], errors: [], verdict: { host: "nas", status: "deployed", durationMs: 1 } },
    { host: "web", stages: [], errors: [], verdict: { host: "web", status: "unreachable", durationMs: 1 } },
  ],
};

describe("renderPrometheus", () => {
  const text = renderPrometheus({ statuses: [nas, gone], runs: [run], now: 9000 });
  const lines = text.split("\n");

  it.each([
    "flurry_status_timestamp_seconds 9",
    'flurry_host_up{host="nas"} 1',
    'flurry_host_up{host="a\\"b\\\\c"} 0',
    'flurry_host_state{host="nas",state="drift"} 1',
    'flurry_host_state{host="nas",state="ok"} 0',
    'flurry_host_drift{host="nas"} 1',
    'flurry_host_generation{host="nas"} 42',
    'flurry_host_reboot_needed{host="nas"} 1',
    'flurry_host_failed_units{host="nas"} 1',
    'flurry_host_root_free_bytes{host="nas"} 1000000000',
    'flurry_host_info{host="nas",current="/nix/store/a",wanted="/nix/store/b"} 1',
    'flurry_last_run_duration_seconds{command="deploy"} 5',
    'flurry_last_run_exit_code{command="deploy"} 6',
    'flurry_last_run_hosts{command="deploy",verdict="unreachable"} 1',
    'flurry_host_last_verdict{host="nas",verdict="deployed"} 1',
    'flurry_host_last_verdict_timestamp_seconds{host="web"} 6',
  ])("says %s", (line) => {
    expect(lines).toContain(line);
  });

  it("is what node_exporter reads: each measure once, with its help and type, and no timestamps", () => {
    expect(text.endsWith("\n")).toBe(true);
    const names = lines.flatMap((line) => /^# TYPE (\S+) gauge$/.exec(line)?.[1] ?? []);
    expect(new Set(names).size).toBe(names.length);
    const sample = /^(flurry_[a-z_]+)(?:\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)+\})? -?\d+(?:\.\d+)?$/;
    const samples = lines.filter((line) => line !== "" && !line.startsWith("#"));
    for (const line of samples) expect(names).toContain(sample.exec(line)?.[1]);
  });

  it("says nothing of what is not known", () => {
    const empty = renderPrometheus({ statuses: [gone], runs: [], now: 0 });
    expect(empty).not.toContain("host_drift");
    expect(empty).not.toContain("last_run");
  });
});
