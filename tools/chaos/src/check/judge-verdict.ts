import type { Verdict } from "@flurry/core";

import type { HostState, RunRecord } from "./host-state.ts";

const kept: ReadonlySet<string> = new Set(["committed", "tested", "kept"]);
const leavesAlone: ReadonlySet<string> = new Set(["unchanged", "skipped", "unreachable", "failed"]);
const leavesUndone: ReadonlySet<string> = new Set(["skipped", "unreachable", "failed"]);

/** The runs of a deployer. */
export interface DeployerRuns {
  /** Its own and those that it went on with, the newest first. */
  readonly runIds: readonly string[];
  /** Whether somebody went on with it, so that what it left undone may have been done since. */
  readonly wasResumed: boolean;
}

/**
 * Whether what the deployer said of a host is what the host says of itself.
 *
 * @returns what is wrong; nothing when they agree
 */
export function judgeVerdict(
  verdict: Verdict,
  { runIds, wasResumed }: DeployerRuns,
  state: HostState,
): readonly string[] {
  const [own] = runIds;
  const records = runIds.flatMap((runId) => state.runs.filter(({ id }) => id === runId));
  const record = records[0];
  const { status, error } = verdict;
  if (error?.code === "FLURRY_INTERNAL") return [`the deployer made a mistake of its own: ${error.message}`];
  if (agrees(verdict, record, state)) return [];
  // What was left alone is what the run before had done.
  if (record !== undefined && record.id !== own && leavesAlone.has(status)) return [];
  if (wasResumed && leavesUndone.has(status)) return [];
  const its = record === undefined ? "has no record of the run" : `says ${record.verdict || "nothing yet"}`;
  return [`the deployer said ${status}${error === undefined ? "" : ` (${error.code})`}, the host ${its}`];
}

function agrees(verdict: Verdict, record: RunRecord | undefined, state: HostState): boolean {
  const { status, error } = verdict;
  switch (status) {
    case "deployed":
      return record !== undefined && kept.has(record.verdict);
    case "reverted":
      return record?.verdict === "reverted" || wasTakenBack(record, state) || hasLeft(record, state);
    case "unchanged":
    case "skipped":
    case "unreachable":
      return record === undefined || record.verdict === "";
    case "failed":
      return failedRightly(verdict, record) || (error?.code === "FLURRY_HOST_MOVED" && hasMoved(record, state));
  }
}

/** A rollout's policy takes hosts back by a run of its own. */
function wasTakenBack(record: RunRecord | undefined, { runs }: HostState): boolean {
  if (record === undefined || !kept.has(record.verdict)) return false;
  // What was to boot next before a run with goal `boot` is not in its record. One that brought profiles alone has no system.
  const isBack = ({ candidate }: RunRecord): boolean =>
    candidate === record.before || (record.goal === "boot" && candidate !== record.candidate);
  return runs.some((run) => run.decidedAt > record.decidedAt && isBack(run) && kept.has(run.verdict));
}

/** A tested system is gone after a reboot. */
function hasLeft(record: RunRecord | undefined, { current, profile }: HostState): boolean {
  return record?.verdict === "tested" && current !== record.candidate && profile !== record.candidate;
}

/** Someone else has deployed to it before a rollout's policy could take it back. */
function hasMoved(record: RunRecord | undefined, { runs }: HostState): boolean {
  return runs.some(({ decidedAt, verdict }) => decidedAt > (record?.decidedAt ?? 0) && kept.has(verdict));
}

function failedRightly({ error }: Verdict, record: RunRecord | undefined): boolean {
  switch (error?.code) {
    // It said that it does not know.
    case "FLURRY_HOST_STATE_UNKNOWN":
    case "FLURRY_ABORTED":
      return true;
    // The new system is its boot default, and it may be up by now.
    case "FLURRY_REBOOT_FAILED":
    case "FLURRY_KEYS_NOT_UPLOADED":
    case "FLURRY_KEY_NOT_MADE":
      return record === undefined || record.verdict !== "reverted";
    case "FLURRY_REVERT_FAILED":
      return record !== undefined && (record.verdict === "revert-failed" || kept.has(record.verdict));
    default:
      return record === undefined || record.verdict === "" || record.verdict === "kept";
  }
}
