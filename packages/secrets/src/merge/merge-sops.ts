import { FlurryError } from "@flurry/core";

import { rotateSops, updateRecipients } from "../sops/change-recipients.ts";
import { changeValues } from "../sops/change-values.ts";
import type { ValueChange } from "../sops/change-values.ts";
import { parseSops, plaintextOf, treesOf, unlockWith } from "../sops/document.ts";
import type { SopsFile, UnlockedSops } from "../sops/document.ts";
import { keyName } from "../sops/master-key.ts";
import type { KeyGroup, KeyWrapper, MasterKey } from "../sops/master-key.ts";
import { toPlain } from "../sops/plain-value.ts";
import { replacePlaintext } from "../sops/replace-plaintext.ts";
import { scalarBytes } from "../sops/scalar-bytes.ts";
import { sameSelector } from "../sops/selection.ts";
import { entriesOf, itemsOf, map } from "../sops/tree.ts";
import type { MapNode, TreeNode, TreePath } from "../sops/tree.ts";
import { conflictText } from "./conflict-text.ts";
import { mergeTrees, treeChanges } from "./merge-trees.ts";
import type { TreeMerge } from "./merge-trees.ts";

/** Three versions of a file, opened. */
export interface MergeSides {
  /** What both sides came from; undefined when both made the file anew. */
  readonly base: UnlockedSops | undefined;
  readonly ours: UnlockedSops;
  readonly theirs: UnlockedSops;
}

/** How to merge; see {@link mergeSops}. */
export interface MergeOptions {
  readonly now: Date;
  /** Makes a recipient of what a file says of it, for those that must be given a key anew. */
  readonly wrapperFor: (key: MasterKey) => KeyWrapper;
  /** Merges texts by lines, so that comments of both sides stay; undefined when they do not merge by themselves. */
  readonly mergeText?: (base: Uint8Array, ours: Uint8Array, theirs: Uint8Array) => Promise<Uint8Array | undefined>;
}

/** A merged file. */
export interface MergedSops {
  readonly bytes: Uint8Array;
  /** Places that both sides changed; there the file holds a text that shows both, encrypted like any other value. */
  readonly conflicts: readonly TreePath[];
}

/**
 * Merges two versions of an encrypted file value by value. Values that one side left alone keep their ciphertext, added
 * and removed recipients of both sides count, and a side that changed the data key keeps it changed: who was removed can
 * read nothing of what follows.
 *
 * @throws FlurryError FLURRY_SECRETS_MERGE_CONFLICT when the files differ in more than values and recipients
 */
export async function mergeSops(sides: MergeSides, options: MergeOptions): Promise<MergedSops> {
  const { base, ours, theirs } = newerKeyFirst(sides);
  const isSwapped = ours !== sides.ours;
  checkAlike(ours.file, theirs.file);
  const [before, left, right] = [base === undefined ? map([]) : rootOf(base), rootOf(ours), rootOf(theirs)];
  const merge = mergeTrees(before, left, right);
  const conflicts = merge.conflicts.map((at) => (isSwapped ? { ...at, ours: at.theirs, theirs: at.ours } : at));
  const byValues = changeValues(ours, changesOf({ changes: merge.changes, conflicts }), options);
  const values = await withTheirComments({ base, ours, theirs }, byValues, options);
  const merged = reopen(values, ours);
  return {
    bytes: await mergeRecipients({ base, ours, theirs }, merged, options),
    conflicts: conflicts.map(({ path }) => path),
  };
}

/** The side with a data key of its own is the one that the other's changes are put into. */
function newerKeyFirst({ base, ours, theirs }: MergeSides): MergeSides {
  if (base === undefined || !sameKey(base, ours) || sameKey(base, theirs)) return { base, ours, theirs };
  return { base, ours: theirs, theirs: ours };
}

function sameKey(a: UnlockedSops, b: UnlockedSops): boolean {
  return Buffer.from(a.key.dataKey).equals(b.key.dataKey);
}

function checkAlike(ours: SopsFile, theirs: SopsFile): void {
  const [a, b] = [ours.metadata, theirs.metadata];
  const why =
    ours.parsed.documents.length !== 1 || theirs.parsed.documents.length !== 1
      ? "they have several documents"
      : !sameSelector(a.selector, b.selector) || a.macOnlyEncrypted !== b.macOnlyEncrypted
        ? "they encrypt by different rules"
        : a.groups.length !== b.groups.length || a.threshold !== b.threshold
          ? "they have different key groups"
          : undefined;
  if (why === undefined) return;
  throw new FlurryError("FLURRY_SECRETS_MERGE_CONFLICT", `The two versions cannot be merged: ${why}`, {
    ...(ours.file === undefined ? {} : { place: { file: ours.file } }),
    hint: "Take one of them (git checkout --ours or --theirs) and do to it what the other did.",
  });
}

function rootOf(unlocked: UnlockedSops): MapNode {
  return treesOf(unlocked)[0] ?? map([]);
}

function changesOf({ changes, conflicts }: TreeMerge): ValueChange[] {
  return [
    ...changes.map(({ path, node }): ValueChange => {
      return node === undefined ? { kind: "unset", path } : { kind: "set", path, value: toPlain(node) };
    }),
    ...conflicts.map((conflict): ValueChange => ({ kind: "set", path: conflict.path, value: conflictText(conflict) })),
  ];
}

/**
 * Comments and layout of the other side too. All three versions are given the merged values first, so that nothing but
 * comments and layout is left to be merged by lines.
 */
async function withTheirComments(
  { base, ours, theirs }: MergeSides,
  byValues: Uint8Array,
  { mergeText, now }: MergeOptions,
): Promise<Uint8Array> {
  const { format } = ours.file;
  if (base === undefined || mergeText === undefined || format === "binary") return byValues;
  const merged = reopen(byValues, ours);
  const inClear = (side: UnlockedSops): Uint8Array => plaintextOf(reopen(withValuesOf(side, merged, now), side));
  try {
    const text = await mergeText(inClear(base), plaintextOf(merged), inClear(theirs));
    if (text === undefined) return byValues;
    const bytes = replacePlaintext(merged, text, { now });
    return sameValues(rootOf(reopen(bytes, ours)), rootOf(merged)) ? bytes : byValues;
  } catch (error) {
    // Lines that merge need not make a file.
    if (FlurryError.is(error) && error.code.startsWith("FLURRY_SOPS_")) return byValues;
    throw error;
  }
}

function withValuesOf(side: UnlockedSops, merged: UnlockedSops, now: Date): Uint8Array {
  return changeValues(side, changesOf({ changes: treeChanges(rootOf(side), rootOf(merged)), conflicts: [] }), { now });
}

function reopen(bytes: Uint8Array, { file: { format, file }, key }: UnlockedSops): UnlockedSops {
  return unlockWith(parseSops(bytes, file === undefined ? { format } : { format, file }), key);
}

/** Lines and trees may put what is new in different places. */
function sameValues(a: MapNode, b: MapNode): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(node: TreeNode): unknown {
  if (node.kind === "list") return itemsOf(node).map(sorted);
  if (node.kind === "leaf")
    return [node.value.kind, node.value.kind === "null" ? "" : scalarBytes(node.value).toString("base64")];
  return entriesOf(node)
    .map(({ key, value }) => [key, sorted(value)] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
}

async function mergeRecipients(
  { base, ours, theirs }: MergeSides,
  merged: UnlockedSops,
  { now, wrapperFor }: MergeOptions,
): Promise<Uint8Array> {
  const { groups, threshold } = ours.file.metadata;
  const wanted = groups.map((group, index) => {
    const others = theirs.file.metadata.groups[index] ?? [];
    return mergeGroup(base?.file.metadata.groups[index] ?? [], group, others);
  });
  const isSame = wanted.every((group, index) => sameNames(group, groups[index] ?? []));
  if (isSame) return merged.file.bytes;
  const wrappers = wanted.map((group) => group.filter(isOwn).map(wrapperFor));
  const options = { groups: wrappers, now, ...(threshold === undefined ? {} : { threshold }) };
  const isRemoval = groups.some(
    (group, index) => !namesOf(group).every((name) => namesOf(wanted[index] ?? []).includes(name)),
  );
  // Somebody who was removed on the other side knows the data key of this one.
  return isRemoval ? await rotateSops(merged, options) : await updateRecipients(merged, options);
}

/** Keys of clouds stay in their file as they are. */
function isOwn({ type }: MasterKey): boolean {
  return type === "age" || type === "pgp";
}

function mergeGroup(base: KeyGroup, ours: KeyGroup, theirs: KeyGroup): readonly MasterKey[] {
  const [before, right] = [namesOf(base), namesOf(theirs)];
  const kept = ours.filter((key) => right.includes(keyName(key)) || !before.includes(keyName(key)));
  const known = new Set([...namesOf(ours), ...before]);
  return [...kept, ...theirs.filter((key) => !known.has(keyName(key)))];
}

function namesOf(group: KeyGroup): readonly string[] {
  return group.map(keyName);
}

function sameNames(a: KeyGroup, b: KeyGroup): boolean {
  return namesOf(a).toSorted().join("\n") === namesOf(b).toSorted().join("\n");
}
