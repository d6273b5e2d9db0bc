import type { AddHostRequest } from "../policy/change/add-host-request.ts";
import { addHostToPolicy } from "../policy/change/add-host.ts";
import type { PolicyChange } from "../policy/change/policy-change.ts";
import { removeFromPolicy } from "../policy/change/remove-reader.ts";
import type { LoadedPolicy } from "../policy/load-policy.ts";
import { canonicalKey } from "../policy/policy-key.ts";
import type { FileWrite } from "./journal.ts";
import { planRekey } from "./plan.ts";
import type { PlanOptions, PolicyFile, RekeyPlan } from "./plan.ts";
import type { RekeyKeys } from "./rekey-job.ts";
import { rekey } from "./rekey.ts";
import type { ApplyRekeyOptions, PreparedRekey } from "./rekey.ts";

/** A change of who may read what, with all it means for the files; nothing is written yet. */
export interface ReadersChange {
  /** Who comes or goes. */
  readonly name: string;
  readonly change: PolicyChange;
  /** The files that are keyed anew by it, and no others. */
  readonly plan: RekeyPlan;
}

/**
 * Says what adding a host means: how the policy changes, which files the host will read, and why. Needs no key.
 *
 * @throws FlurryError as {@link addHostToPolicy}
 */
export async function planAddHost(
  loaded: LoadedPolicy,
  request: AddHostRequest,
  options: PlanOptions = {},
): Promise<ReadersChange> {
  const change = await addHostToPolicy(loaded, request);
  const { name } = request;
  const own = new Set(change.after.readers.find((one) => one.name === name)?.keys.map(canonicalKey));
  // Where hosts share a key, which of them the files are said to lack is chance.
  const concerns = ({ drift }: PolicyFile): boolean =>
    drift?.missing.some(({ reader, key }) => reader === name || (key !== undefined && own.has(canonicalKey(key)))) ??
    false;
  return { name, change, plan: await planFor(change, options, concerns) };
}

/**
 * Says what taking a host or an admin out means. Needs no key.
 *
 * @throws FlurryError as {@link removeFromPolicy}
 */
export async function planRevoke(
  loaded: LoadedPolicy,
  name: string,
  options: PlanOptions = {},
): Promise<ReadersChange> {
  const change = await removeFromPolicy(loaded, name);
  const reader = change.before.readers.find((one) => one.name === name);
  const gone = new Set(reader?.keys.map(canonicalKey));
  const concerns = ({ drift }: PolicyFile): boolean =>
    drift?.extra.some(({ key }) => key !== undefined && gone.has(canonicalKey(key))) ?? false;
  return { name, change, plan: await planFor(change, options, concerns) };
}

async function planFor(
  { before, after }: PolicyChange,
  options: PlanOptions,
  concerns: (file: PolicyFile) => boolean,
): Promise<RekeyPlan> {
  // Whoever is gone from the policy still has a name in the files.
  const known = new Set(after.readers.map(({ name }) => name));
  const policy = { ...after, readers: [...after.readers, ...before.readers.filter(({ name }) => !known.has(name))] };
  const plan = await planRekey(policy, options);
  return { ...plan, drifted: plan.drifted.filter(concerns), unknown: plan.unknown.filter(concerns) };
}

/**
 * Writes a change of readers: the policy and the files that it concerns, all or none. Files that lose a reader get a new
 * data key.
 *
 * @throws FlurryError as `rekey`
 */
export async function applyReadersChange(
  { name, change, plan }: ReadersChange,
  keys: RekeyKeys,
  options: ApplyRekeyOptions,
): Promise<PreparedRekey> {
  const { also = [], what = `rekey for ${name}` } = options;
  return await rekey(plan, keys, { ...options, what, also: [...policyWrites(change), ...also] });
}

function policyWrites({ before, text, oldText }: PolicyChange): readonly FileWrite[] {
  if (text === undefined || oldText === undefined) return [];
  return [{ path: before.source.path, before: Buffer.from(oldText, "utf8"), after: Buffer.from(text, "utf8") }];
}

/**
 * Adds a host to the policy and keys the files that it is to read for it, all or none. Wrapped keys of other recipients
 * stay the same bytes.
 *
 * @throws FlurryError as {@link planAddHost} and {@link applyReadersChange}
 */
export async function addHost(
  loaded: LoadedPolicy,
  request: AddHostRequest,
  options: { readonly keys: RekeyKeys; readonly rekey: ApplyRekeyOptions; readonly plan?: PlanOptions },
): Promise<ReadersChange & { readonly done: PreparedRekey }> {
  const planned = await planAddHost(loaded, request, options.plan);
  return { ...planned, done: await applyReadersChange(planned, options.keys, options.rekey) };
}

/**
 * Takes a host or an admin out of the policy and gives every file that they could read a new data key, all or none. What
 * they have read already they know: see `exposureOf`.
 *
 * @throws FlurryError as {@link planRevoke} and {@link applyReadersChange}
 */
export async function revoke(
  loaded: LoadedPolicy,
  name: string,
  options: { readonly keys: RekeyKeys; readonly rekey: ApplyRekeyOptions; readonly plan?: PlanOptions },
): Promise<ReadersChange & { readonly done: PreparedRekey }> {
  const planned = await planRevoke(loaded, name, options.plan);
  return { ...planned, done: await applyReadersChange(planned, options.keys, options.rekey) };
}
