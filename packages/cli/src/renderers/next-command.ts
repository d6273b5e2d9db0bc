import { shellCommand } from "@flurry/core";
import type { FlurryErrorCode, Verdict } from "@flurry/core";

const lookFirst: ReadonlySet<FlurryErrorCode> = new Set<FlurryErrorCode>([
  "FLURRY_REVERT_FAILED",
  "FLURRY_HOST_STATE_UNKNOWN",
  "FLURRY_HOST_LOCKED",
  "FLURRY_HOST_BUSY",
]);

/**
 * The one command to go on with after a run, or undefined when every host is well.
 *
 * @param flags - the flags of the run that a further one needs as well
 */
export function nextCommand(verdicts: readonly Verdict[], flags: readonly string[]): string | undefined {
  // A host is skipped without an error only where that was asked for.
  const open = verdicts.filter(
    ({ status, error }) =>
      status !== "deployed" && status !== "unchanged" && (status !== "skipped" || error !== undefined),
  );
  const unclear = open.filter(({ error }) => error !== undefined && lookFirst.has(error.code));
  // Whoever deploys again before looking could make it worse.
  if (unclear.length > 0)
    return commandFor(
      "status",
      unclear,
      flags.filter((_, at) => !isGoal(flags, at)),
    );
  return open.length === 0 ? undefined : commandFor("deploy", open, flags);
}

function isGoal(flags: readonly string[], at: number): boolean {
  return flags[at] === "--goal" || flags[at - 1] === "--goal";
}

function commandFor(command: string, verdicts: readonly Verdict[], flags: readonly string[]): string {
  return shellCommand(["flurry", command, ...flags, ...verdicts.map(({ host }) => host)]);
}
