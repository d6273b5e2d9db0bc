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
 * @param chosen - the profiles that were deployed of hosts, where not all were
 */
export function nextCommand(
  verdicts: readonly Verdict[],
  flags: readonly string[],
  chosen: ReadonlyMap<string, ReadonlySet<string>> = new Map(),
): string | undefined {
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
  if (open.length === 0) return undefined;
  const flake = (flags.includes("--flake") ? flags[flags.indexOf("--flake") + 1] : undefined) ?? ".";
  const words = open.flatMap(({ host }) => {
    const names = [...(chosen.get(host) ?? [])].map((name) => `${flake}#${quoted(host)}.${quoted(name)}`);
    return names.length === 0 ? [host] : names;
  });
  return shellCommand(["flurry", "deploy", ...flags, ...words]);
}

/** As deploy-rs spells a name with dots. */
function quoted(name: string): string {
  return /^[A-Za-z0-9_][A-Za-z0-9_'-]*$/.test(name) ? name : `"${name}"`;
}

function isGoal(flags: readonly string[], at: number): boolean {
  return flags[at] === "--goal" || flags[at - 1] === "--goal";
}

function commandFor(command: string, verdicts: readonly Verdict[], flags: readonly string[]): string {
  return shellCommand(["flurry", command, ...flags, ...verdicts.map(({ host }) => host)]);
}
