import type { FlurryErrorJson } from "./errors.ts";
import type { Verdict } from "./verdict.ts";

/** The steps that a host goes through, in their order. `revert` comes only when something went wrong. */
export const stages = [
  "evaluate",
  "build",
  "preflight",
  "copy",
  "arm",
  "try",
  "prove",
  "commit",
  "revert",
  "disarm",
] as const;

/** One step of a run; see {@link stages}. */
export type Stage = (typeof stages)[number];

/** What a progress measure counts. */
export type ProgressUnit = "bytes" | "paths" | "builds" | "hosts";

/** Something that happened in a run, without the time at which it did. */
export type FleetEventBody =
  /** A run begins; `hosts` are the selected ones in the order in which they are shown. */
  | {
      readonly kind: "run-started";
      readonly runId: string;
      readonly command: string;
      readonly goal: string;
      readonly source: string;
      readonly hosts: readonly string[];
    }
  /** Every host has its verdict. `exitCode` is computed from the verdicts alone. */
  | { readonly kind: "run-finished"; readonly runId: string; readonly exitCode: number; readonly durationMs: number }
  /** It is known what a host is to run. Whoever goes on with the run later deploys the same. */
  | {
      readonly kind: "planned";
      readonly host: string;
      readonly drvPath: string;
      readonly outPath: string;
      /** What the host ran when the run began. */
      readonly before: string;
    }
  | { readonly kind: "stage-started"; readonly host: string; readonly stage: Stage; readonly note?: string }
  | {
      readonly kind: "stage-progress";
      readonly host: string;
      readonly stage: Stage;
      readonly done: number;
      readonly expected: number;
      readonly unit: ProgressUnit;
      readonly note?: string;
    }
  | {
      readonly kind: "stage-finished";
      readonly host: string;
      readonly stage: Stage;
      readonly durationMs: number;
      readonly outcome: "ok" | "failed" | "skipped";
      readonly note?: string;
    }
  /** What is waited for behind a wave of hosts; `until` is when a pause is over, in milliseconds since the epoch. */
  | {
      readonly kind: "gate";
      readonly wave: string;
      readonly state: "pausing" | "checking" | "asking";
      readonly until?: number;
    }
  /** One line that a program printed on behalf of a host (or of the whole run). */
  | {
      readonly kind: "log";
      readonly host?: string;
      readonly stage?: Stage;
      readonly level: "debug" | "info" | "warn" | "error";
      readonly line: string;
    }
  /** A failure of a host, or of the whole run when it names none. */
  | { readonly kind: "failure"; readonly host?: string; readonly stage?: Stage; readonly error: FlurryErrorJson }
  | { readonly kind: "verdict"; readonly verdict: Verdict };

/** Something that happened in a run. Steps emit events and never print; every face of Flurry is made from them. */
export type FleetEvent = FleetEventBody & {
  /** Milliseconds since the epoch, by the deployer's clock. */
  readonly at: number;
};

/** Takes events as they happen. Must not throw. */
export type Emit = (event: FleetEventBody) => void;

/** An {@link Emit} that stamps each event with the time and hands it to every sink in turn. */
export function eventHub(sinks: readonly ((event: FleetEvent) => void)[], now: () => number = Date.now): Emit {
  return (event) => {
    const stamped: FleetEvent = { at: now(), ...event };
    for (const sink of sinks) sink(stamped);
  };
}
