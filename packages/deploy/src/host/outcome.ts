import { FlurryError } from "@flurry/core";
import type { FlurryErrorCode, StorePath, VerdictStatus } from "@flurry/core";

import type { ProfileOutcome } from "../profiles/profile-job.ts";
import type { HostReport } from "./report.ts";
import { recordDirectory } from "./supervisor.ts";

/** How a deployment of one host ended. */
export interface HostOutcome {
  readonly status: VerdictStatus;
  /** What the host runs now. */
  readonly after?: StorePath;
  readonly generation?: number;
  readonly failedUnits: readonly string[];
  /** The profiles beside the system that were to be changed, as they are. */
  readonly profiles?: readonly ProfileOutcome[];
  readonly error?: FlurryError;
  /** What was done where the status says nothing of it. */
  readonly note?: string;
}

/** What else is known when a host has decided. */
export interface OutcomeEvidence {
  readonly host: string;
  readonly runId: string;
  /** What kept the deployer from confirming. */
  readonly proofError: FlurryError | undefined;
  /** What the activation printed, where something went wrong. */
  readonly log: string;
}

/** What the host's own verdict means for the run. */
export function outcomeOf(report: HostReport, evidence: OutcomeEvidence): HostOutcome {
  const known = {
    failedUnits: report.failedUnits,
    ...(report.current === undefined ? {} : { after: report.current }),
    ...(report.generation === undefined ? {} : { generation: report.generation }),
    ...(report.profiles.length === 0 ? {} : { profiles: report.profiles }),
  };
  switch (report.verdict) {
    case "committed":
    case "tested":
      return { status: "deployed", ...known };
    case "kept":
      return { status: "failed", ...known, error: revertCause(report, evidence) };
    case "reverted":
      return { status: "reverted", ...known, error: revertCause(report, evidence) };
    case "revert-failed":
    case undefined:
      return { status: "failed", ...known, error: revertFailed(report, evidence) };
  }
}

// What the supervisor gives as the first word of a reason.
const codes: Readonly<Record<string, FlurryErrorCode>> = {
  "activation-failed": "FLURRY_ACTIVATION_FAILED",
  "activation-timeout": "FLURRY_ACTIVATION_TIMEOUT",
  "not-confirmed": "FLURRY_NOT_CONFIRMED",
  "commit-failed": "FLURRY_COMMIT_FAILED",
  rebooted: "FLURRY_NOT_CONFIRMED",
};

function revertCause(report: HostReport, evidence: OutcomeEvidence): FlurryError {
  const { host, proofError, log } = evidence;
  const [word = "", ...rest] = (report.reason ?? "").split(" ");
  // The deployer asked for it, and knows why better than its one-line message to the host says.
  if (word === "gave-up" && proofError !== undefined) return proofError.withHost(host);
  const units = word === "activation-failed" && report.tried === 4 ? "FLURRY_UNITS_FAILED" : undefined;
  const code = units ?? codes[word] ?? "FLURRY_ACTIVATION_FAILED";
  // What the activations printed says nothing about why nobody could reach the host.
  const details = code === "FLURRY_NOT_CONFIRMED" ? "" : tail(beforeGoingBack(log));
  return new FlurryError(code, rest.join(" "), {
    host,
    ...(details === "" ? {} : { details }),
    ...(proofError === undefined ? {} : { cause: proofError }),
    hint: hintOf(code, evidence),
  });
}

function hintOf(code: FlurryErrorCode, { host, runId }: OutcomeEvidence): string {
  switch (code) {
    case "FLURRY_NOT_CONFIRMED":
      return "The new system changes how the host is reached (network, firewall, sshd, keys), or it is down; the old system is back.";
    case "FLURRY_ACTIVATION_TIMEOUT":
      return "Give it more time with activationTimeout, or look at what hangs in the log above.";
    default:
      return `The old system is back. The whole log is ${recordDirectory(runId)}/log on ${host}.`;
  }
}

function revertFailed(report: HostReport, { host, log }: OutcomeEvidence): FlurryError {
  const [, ...rest] = (report.reason ?? "").split(" ");
  return new FlurryError(
    "FLURRY_REVERT_FAILED",
    `the host could not be brought back to its old system: ${rest.join(" ")}`,
    {
      host,
      details: tail(log),
      hint: rest.includes("profile")
        ? "Look at the log above; what the profile leads to is shown by `flurry status`."
        : "Its boot default is still the old system: a reboot brings it back.",
    },
  );
}

/** What was printed until the host went back: the supervisor draws a line there. */
function beforeGoingBack(log: string): string {
  const lines = log.split("\n");
  const end = lines.lastIndexOf("== going back");
  return lines.slice(0, end === -1 ? lines.length : end).join("\n");
}

/** The last lines of a log, which are the ones that tell. */
function tail(log: string): string {
  return log.trimEnd().split("\n").slice(-30).join("\n");
}
