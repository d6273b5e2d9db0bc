import { FlurryError } from "@flurry/core";

import { newDataKey, wrapDataKey } from "./data-key.ts";
import type { WrapGroup } from "./data-key.ts";
import type { SopsFile, UnlockedSops } from "./document.ts";
import { checkGuard, checkThreshold, statedThreshold } from "./guard.ts";
import type { ChangeOptions } from "./guard.ts";
import { sealMac } from "./mac.ts";
import { keyName } from "./master-key.ts";
import type { KeyGroup, KeyWrapper, MasterKey } from "./master-key.ts";
import { changeMetadata } from "./metadata.ts";
import { sealValues } from "./seal-values.ts";
import { applyEdits } from "./stores/store.ts";
import { finish, readOptions, timeText } from "./write-document.ts";

/** What a file is to be keyed to. */
export interface RecipientOptions extends ChangeOptions {
  /** Recipients per group. Those that the file has already keep their wrapped key, if the data key stays. */
  readonly groups: readonly (readonly KeyWrapper[])[];
  /** Groups needed to open the file; required where there are several. */
  readonly threshold?: number;
  /**
   * What becomes of keys of clouds and Vault, which cannot be wrapped here: they stay in their group as they are, which
   * is an error when they would have to be wrapped anew, or they are dropped. Default: keep.
   */
  readonly foreign?: "keep" | "drop";
}

/**
 * Keys a file to other recipients; the data key, the values and the MAC stay. Wrapped keys of recipients that stay are
 * not touched. A recipient that is removed knows the data key: see {@link rotateSops}.
 *
 * @returns the new file, or the old bytes when nothing changes
 * @throws FlurryError FLURRY_SOPS_NOT_REWRAPPABLE when a key of another kind would need a new share
 */
export async function updateRecipients(unlocked: UnlockedSops, options: RecipientOptions): Promise<Uint8Array> {
  const { file, key } = unlocked;
  const { metadata } = file;
  checkGuard(file, options.guard);
  checkThreshold(options.groups, options.threshold);
  const shares = sharesFor(unlocked, options);
  const groups = withForeign(file, options, shares !== undefined).map((group, index) =>
    keepKnown(group, shares === undefined ? [] : metadata.groups[index]),
  );
  const unchanged =
    shares !== undefined && sameGroups(groups, metadata.groups) && sameThreshold(metadata.threshold, options);
  if (unchanged) return file.bytes;
  const wrapped = await wrapDataKey(key.dataKey, groups, {
    ...options,
    threshold: options.threshold,
    ...(shares === undefined ? {} : { shares }),
  });
  const next = changeMetadata(metadata, {
    groups: wrapped,
    ...(options.groups.length > 1 || metadata.threshold !== undefined
      ? { threshold: statedThreshold(file.format, options) }
      : {}),
  });
  return Buffer.from(applyEdits(file.parsed.text, file.parsed.metadataEdits(next)), "utf8");
}

function sameThreshold(stated: number | undefined, { groups, threshold }: RecipientOptions): boolean {
  return groups.length === 1 || (stated ?? groups.length) === (threshold ?? groups.length);
}

/** The shares that the groups have, where all of them are known and stay; else undefined: a new split is needed. */
function sharesFor(unlocked: UnlockedSops, options: RecipientOptions): readonly Uint8Array[] | undefined {
  const { groups } = unlocked.file.metadata;
  if (groups.length !== options.groups.length) return undefined;
  if (groups.length === 1) return [unlocked.key.dataKey];
  if (!sameThreshold(unlocked.file.metadata.threshold, options)) return undefined;
  const known = groups.map((_, index) => unlocked.key.shares.get(index));
  const shares = known.filter((share) => share !== undefined);
  return shares.length === groups.length ? shares : undefined;
}

/** Recipients as the file has them, where it has them. */
function keepKnown(group: WrapGroup, known: KeyGroup = []): (KeyWrapper | MasterKey)[] {
  const byName = new Map(known.map((key) => [keyName(key), key]));
  return group.map((wrapper) => byName.get(keyName(wrapper)) ?? wrapper);
}

/** The groups with the keys of clouds that the file has in them. */
function withForeign(file: SopsFile, { groups, foreign = "keep" }: RecipientOptions, canKeep: boolean): WrapGroup[] {
  const others = foreignKeys(file);
  const [first] = others;
  if (first === undefined || foreign === "drop") return [...groups];
  if (!canKeep) {
    throw new FlurryError("FLURRY_SOPS_NOT_REWRAPPABLE", `The key ${keyName(first)} cannot be given a new share here`, {
      ...(file.file === undefined ? {} : { place: { file: file.file } }),
      details: others.map(keyName).join("\n"),
      hint: "Do it with sops where that cloud can be reached, or drop the key from the file.",
    });
  }
  return groups.map((group, index) => [
    ...group,
    ...(file.metadata.groups[index] ?? []).filter((key) => others.includes(key)),
  ]);
}

function sameGroups(a: readonly WrapGroup[], b: readonly WrapGroup[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      (group, index) => group.length === b[index]?.length && group.every((key) => b[index]?.includes(key as MasterKey)),
    )
  );
}

/**
 * Gives a file a new data key and seals every value anew, so that who knew the old key can read nothing of what follows.
 *
 * @throws FlurryError FLURRY_SOPS_NOT_REWRAPPABLE when the file has a key for which no wrapper is given
 */
export async function rotateSops(unlocked: UnlockedSops, options: RecipientOptions): Promise<Uint8Array> {
  const { file, opened } = unlocked;
  const { metadata, parsed } = file;
  checkGuard(file, options.guard);
  checkThreshold(options.groups, options.threshold);
  const dataKey = newDataKey();
  const { edits, mac } = sealValues(parsed, {
    dataKey,
    selector: metadata.selector,
    macOnlyEncrypted: metadata.macOnlyEncrypted,
    opened,
    fresh: new Map(),
    everything: true,
    comments: true,
  });
  const recipients = withForeign(file, options, false);
  const groups = await wrapDataKey(dataKey, recipients, { ...options, threshold: options.threshold });
  const lastModified = timeText(options.now);
  const next = changeMetadata(metadata, {
    groups,
    lastModified,
    mac: sealMac(mac, dataKey, lastModified),
    ...(options.groups.length > 1 || metadata.threshold !== undefined
      ? { threshold: statedThreshold(file.format, options) }
      : {}),
  });
  const bytes = Buffer.from(applyEdits(parsed.text, [...edits, ...parsed.metadataEdits(next)]), "utf8");
  return finish(bytes, readOptions(file), { dataKey, shares: new Map() });
}

/** Recipients of a file that are of a kind which cannot be wrapped here: clouds and Vault. */
export function foreignKeys(file: SopsFile): readonly MasterKey[] {
  return file.metadata.groups.flat().filter((key) => key.type !== "age" && key.type !== "pgp");
}
