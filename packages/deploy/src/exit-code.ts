import type { FlurryErrorCode, Verdict } from "@flurry/core";

/** What the exit code of a command over hosts says. */
export const exitCodes = {
  /** Every selected host is where it should be. */
  ok: 0,
  /** Hosts failed in a way that has no class of its own. */
  failed: 1,
  /** The command line has a mistake, or selects nothing. */
  usage: 2,
  /** The fleet file or the flake is invalid. */
  invalid: 3,
  /** A configuration does not evaluate or build, or its secrets are not ready; its hosts were not touched. */
  notBuilt: 4,
  /** Hosts failed in ways of different classes. */
  mixed: 5,
  /** Hosts could not be reached, or refused the connection. */
  unreachable: 6,
  /** Another deployment holds the lock. */
  locked: 7,
  /** The new system did not work out and the hosts are back on the old one. */
  reverted: 8,
  /** A host may be neither on the old nor on the new system, or could not be asked: someone has to look. */
  attention: 9,
  /** A host, or the flake, is not as it was when the plan was made. */
  moved: 10,
  /** Ended by SIGINT. */
  interrupted: 130,
} as const;

const classOfCode: Partial<Record<FlurryErrorCode, number>> = {
  FLURRY_EVAL_FAILED: exitCodes.notBuilt,
  FLURRY_EVAL_MISSING_HOST: exitCodes.notBuilt,
  FLURRY_BUILD_FAILED: exitCodes.notBuilt,
  FLURRY_SECRETS_NOT_READY: exitCodes.notBuilt,
  FLURRY_KEY_NOT_MADE: exitCodes.notBuilt,
  FLURRY_HOST_LOCKED: exitCodes.locked,
  FLURRY_HOST_BUSY: exitCodes.locked,
  FLURRY_REVERT_FAILED: exitCodes.attention,
  FLURRY_HOST_STATE_UNKNOWN: exitCodes.attention,
  FLURRY_REBOOT_FAILED: exitCodes.attention,
  FLURRY_ABORTED: exitCodes.interrupted,
  FLURRY_HOST_MOVED: exitCodes.moved,
  FLURRY_HOST_UNKNOWN_SYSTEM: exitCodes.moved,
  FLURRY_PLAN_STALE: exitCodes.moved,
  FLURRY_PLAN_INVALID: exitCodes.invalid,
  FLURRY_USAGE: exitCodes.usage,
  FLURRY_NOTHING_SELECTED: exitCodes.usage,
  FLURRY_SELECTOR_INVALID: exitCodes.usage,
  FLURRY_FLEET_INVALID: exitCodes.invalid,
  FLURRY_FLEET_NOT_FOUND: exitCodes.invalid,
  FLURRY_FLAKE_INVALID: exitCodes.invalid,
  FLURRY_FLAKE_NOT_FOUND: exitCodes.invalid,
};

/** The exit code for a failure of the whole command. */
export function exitCodeOfError(code: FlurryErrorCode): number {
  if (code.startsWith("FLURRY_SSH_")) return exitCodes.unreachable;
  return classOfCode[code] ?? exitCodes.failed;
}

/**
 * The exit code of a run, from its verdicts alone: no verdicts is never success.
 * One class of failures gives its code, several give `mixed`; `attention` stands above all.
 */
export function exitCodeOf(verdicts: readonly Verdict[]): number {
  if (verdicts.length === 0) return exitCodes.usage;
  const classes = new Set(verdicts.map(classOf).filter((code) => code !== exitCodes.ok));
  if (classes.has(exitCodes.attention)) return exitCodes.attention;
  if (classes.size > 1) return exitCodes.mixed;
  return [...classes][0] ?? exitCodes.ok;
}

function classOf(verdict: Verdict): number {
  switch (verdict.status) {
    case "unchanged":
    case "deployed":
      return exitCodes.ok;
    case "reverted":
      return exitCodes.reverted;
    case "unreachable":
      return exitCodes.unreachable;
    // A host is skipped without an error only where the user asked for it.
    case "skipped":
      return verdict.error === undefined ? exitCodes.ok : exitCodeOfError(verdict.error.code);
    case "failed":
      return verdict.error === undefined ? exitCodes.failed : exitCodeOfError(verdict.error.code);
  }
}
