import { join } from "node:path";

import { FlurryError } from "@flurry/core";

import type { PolicyRule } from "../policy/policy.ts";
import type { FileWrite } from "./journal.ts";
import type { PolicyFile, RekeyPlan } from "./plan.ts";
import type { RekeyJob, RekeyKeys } from "./rekey-job.ts";
import { runJobs } from "./run-jobs.ts";
import type { RunJobsOptions } from "./run-jobs.ts";
import { writeTogether } from "./transaction.ts";

/** How files are keyed anew. */
export interface RekeyOptions extends RunJobsOptions {
  readonly now: Date;
  /**
   * What becomes of a file that somebody may no longer read: `rotate` gives it a new data key, so that what is written to
   * it from now on is closed to them; `rewrap` keeps the data key, which they know. Default: `rotate`.
   */
  readonly removed?: "rotate" | "rewrap";
  /** What becomes of age files of which it cannot be told whether they drifted. Default: `keep`. */
  readonly unknown?: "keep" | "rekey";
}

/** Options of what also writes. */
export interface ApplyRekeyOptions extends RekeyOptions {
  /** Files that change together with those of secrets, for example the policy itself. */
  readonly also?: readonly FileWrite[];
  /** What is done, for people who find it interrupted. Default: `rekey`. */
  readonly what?: string;
}

/** One file that was keyed anew. */
export interface RekeyedFile {
  readonly path: string;
  /** `recipients`: the data key stayed; `rotate`: it is another, and every value was sealed anew. */
  readonly action: RekeyJob["action"];
}

/** What a rekeying makes of the files, not yet written. */
export interface PreparedRekey {
  readonly files: readonly RekeyedFile[];
  readonly writes: readonly FileWrite[];
}

/**
 * Keys the drifted files of a plan anew, in memory: all or none. Wrapped keys of recipients that stay are the same bytes,
 * and files that did not drift are not touched. Every file's MAC is verified on the way.
 *
 * @throws FlurryError FLURRY_REKEY_FAILED, which names each file that could not be keyed anew; FLURRY_ABORTED
 */
export async function prepareRekey(plan: RekeyPlan, keys: RekeyKeys, options: RekeyOptions): Promise<PreparedRekey> {
  const { removed = "rotate", unknown = "keep" } = options;
  const chosen = [...plan.drifted, ...(unknown === "rekey" ? plan.unknown : [])];
  return prepare(
    chosen.map((file) => ({
      file,
      action: (file.drift?.extra.length ?? 0) > 0 && removed === "rotate" ? "rotate" : "recipients",
    })),
    { root: plan.policy.root, keys, options },
  );
}

/**
 * Keys the drifted files of a plan anew and writes them, together with others: all or none, also when the machine
 * crashes.
 *
 * @throws FlurryError as {@link prepareRekey} and `writeTogether`
 */
export async function rekey(plan: RekeyPlan, keys: RekeyKeys, options: ApplyRekeyOptions): Promise<PreparedRekey> {
  return apply(plan, await prepareRekey(plan, keys, options), options);
}

/**
 * Gives files a new data key and seals every value anew, for the recipients that the policy says: whoever is in a file
 * and not in the policy gets no new key.
 *
 * @param paths - files of the plan, relative to the policy's root. Default: all of them that are encrypted
 * @throws FlurryError FLURRY_POLICY_NO_RULE for a file that no rule covers, else as {@link prepareRekey}
 */
export async function prepareRotation(
  plan: RekeyPlan,
  keys: RekeyKeys,
  options: RekeyOptions & { readonly files?: readonly string[] },
): Promise<PreparedRekey> {
  const encrypted = plan.files.filter(({ file }) => file.kind === "sops" || file.kind === "age");
  const chosen =
    options.files === undefined ? encrypted : encrypted.filter(({ path }) => options.files?.includes(path));
  const uncovered = chosen.find(({ rule }) => rule === undefined);
  if (uncovered !== undefined) {
    throw new FlurryError("FLURRY_POLICY_NO_RULE", `No rule of ${plan.policy.source.file} covers ${uncovered.path}`, {
      place: { file: uncovered.path },
      hint: "Say who may read it, or name the files that are to be rotated.",
    });
  }
  return prepare(
    chosen.map((file) => ({ file, action: "rotate" })),
    { root: plan.policy.root, keys, options },
  );
}

/** {@link prepareRotation}, and the files are written: all or none. */
export async function rotate(
  plan: RekeyPlan,
  keys: RekeyKeys,
  options: ApplyRekeyOptions & { readonly files?: readonly string[] },
): Promise<PreparedRekey> {
  return apply(plan, await prepareRotation(plan, keys, options), { what: "rotate", ...options });
}

async function apply(plan: RekeyPlan, prepared: PreparedRekey, options: ApplyRekeyOptions): Promise<PreparedRekey> {
  const { also = [], what = "rekey", signal } = options;
  await writeTogether([...also, ...prepared.writes], { root: plan.policy.root, what, signal });
  return prepared;
}

interface Chosen {
  readonly file: PolicyFile;
  readonly action: RekeyJob["action"];
}

async function prepare(
  chosen: readonly Chosen[],
  { root, keys, options }: { readonly root: string; readonly keys: RekeyKeys; readonly options: RekeyOptions },
): Promise<PreparedRekey> {
  const jobs = chosen.flatMap(({ file, action }) => jobOf(file, action, options.now) ?? []);
  const outcomes = await runJobs(jobs, keys, options);
  const failures = outcomes.flatMap((outcome, index) => {
    const path = jobs[index]?.path ?? "";
    return outcome instanceof Uint8Array ? [] : [{ path, error: outcome }];
  });
  const [first] = failures;
  if (first !== undefined) {
    throw new FlurryError(
      "FLURRY_REKEY_FAILED",
      `${failures.length} of ${jobs.length} files could not be keyed anew, so none was: ${first.path}: ${first.error.message}`,
      {
        cause: first.error,
        place: { file: first.path },
        ...(failures.length === 1
          ? {}
          : { details: failures.map(({ path, error }) => `${path}: ${error.message}`).join("\n") }),
        hint: first.error.hint ?? "Give a private key that opens all of them.",
      },
    );
  }
  const done = jobs.flatMap((job, index) => {
    const after = outcomes[index];
    const changed = after instanceof Uint8Array && Buffer.compare(after, job.content) !== 0;
    return changed ? [{ job, after }] : [];
  });
  return {
    files: done.map(({ job: { path, action } }) => ({ path, action })),
    writes: done.map(({ job: { path, content }, after }) => ({ path: join(root, path), before: content, after })),
  };
}

function jobOf({ path, file, rule }: PolicyFile, action: RekeyJob["action"], now: Date): RekeyJob | undefined {
  if (rule === undefined) return undefined;
  const common = { path, action, now, groups: plainGroups(rule), threshold: rule.threshold };
  switch (file.kind) {
    case "sops":
      return { ...common, form: "sops", content: file.file.bytes, parsed: file.file, armor: false };
    case "age":
      return { ...common, form: "age", content: file.content, armor: rule.armor || file.inspection.armored };
    case "plain":
    case "unreadable":
    case "link":
    case "absent":
      return undefined;
  }
}

function plainGroups({ groups }: PolicyRule): RekeyJob["groups"] {
  return groups.map((group) => group.map(({ type, id }) => ({ type, id })));
}
