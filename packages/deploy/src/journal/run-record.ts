import type { FlurryErrorJson, Stage, Verdict } from "@flurry/core";

import type { JournalHeader } from "./journal-header.ts";

/** One step of a host in a run. */
export interface RunStage {
  readonly stage: Stage;
  readonly startedAt: number;
  /** Missing when the journal ends before the step did. */
  readonly durationMs?: number;
  readonly outcome?: "ok" | "failed" | "skipped";
  readonly note?: string;
}

/** What a journal says of one host. */
export interface RunHost {
  readonly host: string;
  readonly verdict?: Verdict;
  /** The system that it was to run, and what it ran before. */
  readonly planned?: { readonly drvPath: string; readonly outPath: string; readonly before: string };
  readonly stages: readonly RunStage[];
  readonly errors: readonly FlurryErrorJson[];
}

/** What a journal says of a run. */
export interface RunRecord {
  readonly runId: string;
  readonly file: string;
  readonly command: string;
  readonly goal: string;
  /** The flake as the user named it; empty where none was needed. */
  readonly source: string;
  /** Who ran it; missing in journals of earlier versions. */
  readonly operator?: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  /** `broken-off`: the journal has no end, and whoever wrote it is gone. */
  readonly state: "finished" | "running" | "broken-off";
  /** In the order of the run. */
  readonly hosts: readonly RunHost[];
  /** Failures of the whole run. */
  readonly errors: readonly FlurryErrorJson[];
  readonly header?: JournalHeader;
  /** The run that went on with this one, if one has. */
  readonly resumedBy?: string;
}

/** True for hosts that are where the run wanted them. */
export function isDone({ verdict }: RunHost): boolean {
  return verdict?.status === "deployed" || verdict?.status === "unchanged";
}
