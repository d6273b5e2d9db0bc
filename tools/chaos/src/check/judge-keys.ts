import { keyContent, keySpecs } from "../run/fleet-repository.ts";
import type { KeySpec } from "../run/fleet-repository.ts";
import type { HostState, RunRecord } from "./host-state.ts";
import { decidedSince } from "./judge-host.ts";
import type { HostBefore } from "./judge-host.ts";

/** A run of a deployer that brought keys. */
export interface KeyRun {
  readonly runId: string;
  /** What the keys were made of. */
  readonly value: string;
  /** Whether a host commits only after all keys have come. */
  readonly waitsForKeys: boolean;
  /** Whether the host may have got its keys without a run of its own: its system did not change, or it is not known. */
  readonly maybeAlone: boolean;
}

const kept: ReadonlySet<string> = new Set(["committed", "tested", "kept"]);

/**
 * Whether the keys of a host are those of the system that it has kept, whole, and with their owners and modes.
 *
 * @returns what is wrong; nothing when they are right
 */
export function judgeKeys(before: HostBefore, state: HostState, runs: readonly KeyRun[]): readonly string[] {
  return keySpecs.flatMap((spec) => {
    const file = state.keys.find(({ path }) => path === spec.path);
    const allowed = allowedContents(spec, { before, state, runs });
    const access =
      file === undefined || file.access === spec.access
        ? []
        : [`the key ${spec.path} is ${file.access} and not ${spec.access}`];
    if (allowed.has(file?.content)) return access;
    const right = [...allowed].map((content) => content ?? "nothing").join(" or ");
    return [...access, `the key ${spec.path} holds ${file?.content ?? "nothing"}, not ${right}`];
  });
}

/** What may be in the file of a key; undefined where it need not be there. */
function allowedContents(
  spec: KeySpec,
  { before, state, runs }: { readonly before: HostBefore; readonly state: HostState; readonly runs: readonly KeyRun[] },
): ReadonlySet<string | undefined> {
  const decided = decidedSince(before, state);
  let now = new Set([before.keys.find(({ path }) => path === spec.path)?.content]);
  for (const record of decided) {
    const run = runs.find(({ runId }) => runId === record.id);
    if (run === undefined) continue;
    const own = keyContent(spec, run.value);
    if (kept.has(record.verdict)) now = new Set(isSure(spec, record, run) ? [own] : [...now, own]);
  }
  // What replaced nothing stays, also of a run that went back or was forgotten.
  const wasNone = now.has(undefined);
  for (const { value, maybeAlone } of runs) if (maybeAlone || wasNone) now.add(keyContent(spec, value));
  // What is in memory is gone after a boot; whoever goes on with a run, or reboots the host, brings it again.
  if (state.bootId !== before.bootId && spec.path.startsWith("/run/")) now.add(undefined);
  return now;
}

/** Keys that come early are there before anything is tried, those that come late before it is confirmed. */
function isSure({ uploadAt }: KeySpec, { goal }: RunRecord, { waitsForKeys }: KeyRun): boolean {
  return uploadAt === "pre-activation" || (waitsForKeys && goal !== "boot");
}
