import { randomBytes } from "node:crypto";

import { FlurryError } from "@flurry/core";

import { keyName } from "./master-key.ts";
import type { KeyGroup, KeyOpener, KeyWrapper, MasterKey } from "./master-key.ts";
import { combineShares, splitSecret } from "./shamir.ts";

const dataKeyBytes = 32;

export function newDataKey(): Buffer {
  return randomBytes(dataKeyBytes);
}

/** An opened data key and, of a file with several groups, the shares that gave it. */
export interface OpenedDataKey {
  readonly dataKey: Uint8Array;
  /** The share of each group that could be opened, by the index of the group; empty with one group. */
  readonly shares: ReadonlyMap<number, Uint8Array>;
}

/**
 * Opens the data key of a file.
 *
 * @param threshold - groups that are needed; all of them for undefined, as SOPS has it
 * @throws FlurryError FLURRY_SOPS_NO_KEY when no private key fits, FLURRY_SOPS_KEY_DAMAGED when the wrapped keys that
 * fit are damaged, FLURRY_SOPS_SHAMIR_INVALID
 */
export async function openDataKey(
  groups: readonly KeyGroup[],
  threshold: number | undefined,
  openers: readonly KeyOpener[],
): Promise<OpenedDataKey> {
  const shares = new Map<number, Uint8Array>();
  const damages: FlurryError[] = [];
  for (const [index, group] of groups.entries()) {
    const share = await openGroup(group, openers, damages);
    if (share !== undefined) shares.set(index, share);
  }
  const needed = groups.length === 1 ? 1 : (threshold ?? groups.length);
  if (shares.size < needed) throw noKey(groups, needed, shares.size, damages);
  const single = groups.length === 1 ? shares.get(0) : undefined;
  const dataKey = single ?? combineShares([...shares.values()]);
  if (dataKey.length !== dataKeyBytes) {
    throw new FlurryError("FLURRY_SOPS_KEY_DAMAGED", `The data key has ${dataKey.length} bytes instead of 32`);
  }
  return { dataKey, shares: groups.length === 1 ? new Map() : shares };
}

async function openGroup(
  group: KeyGroup,
  openers: readonly KeyOpener[],
  damages: FlurryError[],
): Promise<Uint8Array | undefined> {
  const tries = group.flatMap((key) =>
    openers.filter((opener) => opener.type === key.type).map((opener) => ({ key, opener, rank: opener.rank(key) })),
  );
  for (const { key, opener } of tries.sort((a, b) => a.rank - b.rank)) {
    try {
      const share = await opener.open(key);
      if (share !== null) return share;
    } catch (error) {
      // One damaged copy or locked key does not matter while another opens.
      if (!FlurryError.is(error) || error.code === "FLURRY_ABORTED") throw error;
      damages.push(error);
    }
  }
  return undefined;
}

function noKey(groups: readonly KeyGroup[], needed: number, got: number, damages: readonly FlurryError[]): FlurryError {
  const [damage] = damages;
  if (damage !== undefined) return damage;
  const names = groups.flat().map((key) => keyName(key));
  const shown = names.slice(0, 20).join("\n");
  const more = names.length > 20 ? `\nand ${names.length - 20} more` : "";
  const message =
    groups.length === 1
      ? "None of the private keys opens the file"
      : `The file needs keys of ${needed} of its ${groups.length} groups, and there are keys of ${got}`;
  return new FlurryError("FLURRY_SOPS_NO_KEY", message, {
    details: `It is encrypted for:\n${shown}${more}`,
    hint:
      groups.length === 1
        ? "Use a private key of one of its recipients, or have one of them rekey the file for you."
        : "A file with key groups needs private keys of several groups at once.",
  });
}

/** A group of recipients that is to be written. A key that stays as it is, is given as the file has it. */
export type WrapGroup = readonly (KeyWrapper | MasterKey)[];

/**
 * Wraps a data key for groups of recipients.
 *
 * @param shares - with several groups: shares that are known already; without them new ones are made
 * @throws FlurryError FLURRY_SOPS_METADATA_INVALID for an empty group, FLURRY_SOPS_SHAMIR_INVALID
 */
export async function wrapDataKey(
  dataKey: Uint8Array,
  groups: readonly WrapGroup[],
  options: { readonly threshold: number | undefined; readonly now: Date; readonly shares?: readonly Uint8Array[] },
): Promise<KeyGroup[]> {
  if (groups.length === 0 || groups.some((group) => group.length === 0)) {
    throw new FlurryError("FLURRY_SOPS_METADATA_INVALID", "A file needs a recipient in each of its key groups");
  }
  const shares =
    options.shares ??
    (groups.length === 1 ? [dataKey] : splitSecret(dataKey, groups.length, options.threshold ?? groups.length));
  const createdAt = `${options.now.toISOString().slice(0, 19)}Z`;
  return Promise.all(
    groups.map((group, index) =>
      Promise.all(group.map((key) => wrapFor(key, shares[index] ?? new Uint8Array(0), createdAt))),
    ),
  );
}

async function wrapFor(key: KeyWrapper | MasterKey, share: Uint8Array, createdAt: string): Promise<MasterKey> {
  if ("enc" in key) return key;
  const enc = await key.wrap(share);
  return { type: key.type, id: key.id, enc, ...(key.type === "age" ? {} : { createdAt }) };
}
