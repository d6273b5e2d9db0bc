import type { FleetEvent, FleetEventBody, FlurryErrorJson, Stage, Verdict } from "@flurry/core";

/** When every scripted run begins. */
const start = Date.UTC(2026, 10, 22, 13, 0, 0);

/** A moment so many seconds into a scripted run. */
export function second(seconds: number): number {
  return start + seconds * 1000;
}

/** An event so many seconds into the run. */
export function at(seconds: number, body: FleetEventBody): FleetEvent {
  return { at: second(seconds), ...body };
}

/** Two systems of one host. */
export const systems = {
  old: "/nix/store/1a2b3c4d5f6g7h8i9j0k1l2m3n4p5q6r-nixos-system-nas-25.05",
  new: "/nix/store/9z8y7x6w5v4s3r2q1p0n9m8l7k6j5i4h-nixos-system-nas-25.11",
} as const;

export const buildError: FlurryErrorJson = {
  code: "FLURRY_BUILD_FAILED",
  message: "nginx-1.29.1 could not be built",
  host: "gateway",
  details: ["unpacking sources", "configuring", "cc: error: no such file: ngx_main.c", "make: *** [all] Error 1"].join(
    "\n",
  ),
  hint: "see the whole log with: nix log /nix/store/…-nginx-1.29.1.drv",
};

/** Two events: a stage begins and ends. */
function stage(host: string, name: Stage, from: number, to: number): readonly FleetEvent[] {
  const durationMs = (to - from) * 1000;
  return [
    at(from, { kind: "stage-started", host, stage: name }),
    at(to, { kind: "stage-finished", host, stage: name, durationMs, outcome: "ok" }),
  ];
}

/** How a host ended. */
export function verdict(seconds: number, body: Omit<Verdict, "durationMs">): FleetEvent {
  return at(seconds, { kind: "verdict", verdict: { durationMs: seconds * 1000, ...body } });
}

/** A run begins over these hosts. */
export function started(hosts: readonly string[], command = "deploy"): FleetEvent {
  return at(0, { kind: "run-started", runId: "r1", command, goal: "switch", source: "git+file:///fleet", hosts });
}

/** Three hosts: one deploys well, one copies slowly, one does not build. */
export const threeHosts: readonly FleetEvent[] = [
  started(["nas", "compute", "gateway"]),
  ...["nas", "compute", "gateway"].flatMap((host) => stage(host, "evaluate", 0, 2)),
  ...["nas", "compute"].flatMap((host) => stage(host, "build", 2, 5)),
  at(2, { kind: "stage-started", host: "gateway", stage: "build" }),
  at(5, { kind: "log", host: "gateway", stage: "build", level: "info", line: "make: *** [all] Error 1" }),
  at(6, { kind: "stage-finished", host: "gateway", stage: "build", durationMs: 4000, outcome: "failed" }),
  at(6, { kind: "failure", host: "gateway", stage: "build", error: buildError }),
  verdict(6, { host: "gateway", status: "failed", error: buildError }),
  ...stage("nas", "copy", 6, 8),
  ...stage("nas", "try", 8, 10),
  ...stage("nas", "prove", 10, 11),
  ...stage("nas", "commit", 11, 12),
  verdict(12, { host: "nas", status: "deployed", before: systems.old, after: systems.new, generation: 43 }),
  at(6, { kind: "stage-started", host: "compute", stage: "copy", note: "1.1 GB" }),
  at(20, { kind: "stage-progress", host: "compute", stage: "copy", done: 412e6, expected: 1.1e9, unit: "bytes" }),
  at(20, {
    kind: "log",
    host: "compute",
    stage: "copy",
    level: "info",
    line: "copying path '/nix/store/…-linux-6.12'",
  }),
];

/** A host that came back to its old system. */
export const revertedRun: readonly FleetEvent[] = [
  started(["nas"]),
  ...stage("nas", "copy", 1, 2),
  at(2, { kind: "stage-started", host: "nas", stage: "try" }),
  at(4, { kind: "log", host: "nas", stage: "try", level: "warn", line: "the following units failed: nginx.service" }),
  ...stage("nas", "revert", 5, 8),
  verdict(8, {
    host: "nas",
    status: "reverted",
    before: systems.old,
    after: systems.old,
    generation: 42,
    error: { code: "FLURRY_NOT_CONFIRMED", message: "nas could not be reached on its new system", host: "nas" },
  }),
];

/** Thirty hosts somewhere in the middle of a run. */
export function thirtyHosts(): readonly FleetEvent[] {
  const hosts = Array.from({ length: 30 }, (_, index) => `web-${String(index + 1).padStart(2, "0")}`);
  const error: FlurryErrorJson = { code: "FLURRY_SSH_UNREACHABLE", message: "10.0.21.25 does not answer on port 22" };
  return [
    started(hosts),
    ...hosts.flatMap((host) => stage(host, "evaluate", 0, 3)),
    ...hosts
      .slice(0, 10)
      .flatMap((host) => [
        ...stage(host, "copy", 4, 9),
        verdict(14, { host, status: "deployed", before: systems.old, after: systems.new, generation: 7 }),
      ]),
    ...hosts.slice(10, 16).map((host) => at(14, { kind: "stage-started", host, stage: "try" as const })),
    verdict(15, { host: "web-25", status: "unreachable", error }),
  ];
}

/** Names and texts that are wide, or hostile to the terminal. */
export const wideRun: readonly FleetEvent[] = [
  started(["サーバー", "nas"]),
  at(1, {
    kind: "stage-started",
    host: "サーバー",
    stage: "build",
    note: "建物を建てています 🏗️ とても長い説明がここにあります",
  }),
  at(2, { kind: "stage-started", host: "nas", stage: "build" }),
  at(3, {
    kind: "log",
    host: "nas",
    level: "info",
    line: "\u001B[2J\u001B]0;title\u0007\u001B[31mred\u001B[0m 10%\r100%\tdone",
  }),
];
