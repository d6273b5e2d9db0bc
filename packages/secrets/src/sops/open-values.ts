import { timingSafeEqual } from "node:crypto";

import { FlurryError } from "@flurry/core";

import { isSealed, openText } from "./cipher.ts";
import type { Opened } from "./cipher.ts";
import { macBuilder, openMac } from "./mac.ts";
import type { Metadata } from "./metadata.ts";
import { compileSelector } from "./selection.ts";
import type { ParsedText } from "./stores/store.ts";
import { printPath } from "./tree.ts";
import { keyList, walk } from "./walk.ts";
import type { Keys, Visit } from "./walk.ts";

/** What a sealed text of a file holds and which additional data it is bound to. */
export interface OpenedText {
  readonly opened: Opened;
  /** That of its place, except for comments that another program sees in another place. */
  readonly aad: string;
  /** The additional data of the place where it stands. */
  readonly place: string;
}

/**
 * The sealed texts of a file: each by itself, and where it stands in several places, in the others by place and text; see
 * {@link openedAt}. Nearly all stand in one, and to put place and text together takes its time.
 */
export type OpenedTexts = ReadonlyMap<string, OpenedText>;

/** What a sealed text at a place holds; undefined for one that was not opened. */
export function openedAt(opened: OpenedTexts, place: string, text: string): OpenedText | undefined {
  const found = opened.get(text);
  return found === undefined || found.place === place ? found : opened.get(placedName(place, text));
}

function addOpened(opened: Map<string, OpenedText>, text: string, found: OpenedText): void {
  opened.set(opened.has(text) ? placedName(found.place, text) : text, found);
}

/** No sealed text has a NUL. */
function placedName(place: string, text: string): string {
  return `${place}\0${text}`;
}

/**
 * Decrypts every value and verifies the MAC.
 *
 * @throws FlurryError FLURRY_SOPS_VALUE_NOT_ENCRYPTED, FLURRY_SOPS_VALUE_DAMAGED, FLURRY_SOPS_MAC_MISMATCH
 */
export function openValues(parsed: ParsedText, metadata: Metadata, dataKey: Uint8Array, file?: string): OpenedTexts {
  const opened = new Map<string, OpenedText>();
  const closedComments: { readonly visit: Visit; readonly text: string; readonly near: (string | undefined)[] }[] = [];
  const mac = macBuilder({ onlyEncrypted: metadata.macOnlyEncrypted });
  let previous: string | undefined;
  walk(parsed.documents, compileSelector(metadata.selector), (visit) => {
    const { node, aad, selected } = visit;
    for (const waiting of closedComments) if (waiting.near.length < 2) waiting.near.push(aad);
    if (node.kind === "comment") {
      if ((selected || node.asItem === true) && isSealed(node.text)) {
        const found = openText(node.text, dataKey, aad);
        if (found === undefined) closedComments.push({ visit, text: node.text, near: [previous] });
        else addOpened(opened, node.text, { opened: found, aad, place: aad });
      }
    } else if (!selected) mac.add(node.value, false);
    else if (node.value.kind !== "null") {
      const text = node.value.kind === "str" ? node.value.value : undefined;
      const { scalar, bytes } = openValue(visit, text, { opened, dataKey, file });
      mac.add(scalar, true, bytes);
    }
    previous = aad;
  });
  for (const comment of closedComments) openNearby(comment, dataKey, opened);
  checkMac(mac.digest(), metadata, dataKey, file);
  return opened;
}

type OpenedValue = Extract<Opened, { kind: "value" }>;

interface OpenContext {
  readonly opened: Map<string, OpenedText>;
  readonly dataKey: Uint8Array;
  readonly file: string | undefined;
}

function openValue(visit: Visit, text: string | undefined, { opened, dataKey, file }: OpenContext): OpenedValue {
  if (text === undefined) throw valueInClear(visit, file);
  const known = openedAt(opened, visit.aad, text)?.opened;
  const found = known ?? openText(text, dataKey, visit.aad);
  if (found === undefined) throw isSealed(text) ? damagedValue(visit, file) : valueInClear(visit, file);
  if (known === undefined) addOpened(opened, text, { opened: found, aad: visit.aad, place: visit.aad });
  if (found.kind === "comment") throw damagedValue(visit, file);
  return found;
}

function valueInClear(visit: Visit, file: string | undefined): FlurryError {
  return new FlurryError("FLURRY_SOPS_VALUE_NOT_ENCRYPTED", `${where(visit.keys)} should be encrypted and is not`, {
    ...(file === undefined ? {} : { place: { file } }),
    hint: "If the value was ever committed so, it is known: change it where it comes from, then set it anew.",
  });
}

function damagedValue(visit: Visit, file: string | undefined): FlurryError {
  return new FlurryError(
    "FLURRY_SOPS_VALUE_DAMAGED",
    `${where(visit.keys)} cannot be decrypted: it was changed or moved`,
    {
      ...(file === undefined ? {} : { place: { file } }),
      hint: "Restore the file from version control; a value is bound to its key and cannot be copied to another.",
    },
  );
}

function where(keys: Keys | undefined): string {
  return `The value at ${printPath(keyList(keys))}`;
}

/** Programs differ in where they see a comment; its ciphertext opens with one of the places near it. */
function openNearby(
  {
    visit,
    text,
    near,
  }: { readonly visit: Visit; readonly text: string; readonly near: readonly (string | undefined)[] },
  dataKey: Uint8Array,
  opened: Map<string, OpenedText>,
): void {
  const places = [visit.aad, ...near].flatMap((aad) => (aad === undefined ? [] : outerPlaces(aad)));
  for (const aad of new Set(places)) {
    const found = openText(text, dataKey, aad);
    if (found === undefined) continue;
    addOpened(opened, text, { opened: found, aad, place: visit.aad });
    return;
  }
}

/** A place and all around it: `a:b:`, `a:` and `:`. */
function outerPlaces(aad: string): string[] {
  const keys = aad.slice(0, -1).split(":");
  return keys.map((_, index) => `${keys.slice(0, keys.length - index).join(":")}:`).concat(":");
}

function checkMac(computed: string, metadata: Metadata, dataKey: Uint8Array, file: string | undefined): void {
  const stated = openMac(metadata.mac, dataKey, metadata.lastModified);
  if (stated?.length === computed.length && timingSafeEqual(Buffer.from(stated), Buffer.from(computed))) return;
  const why =
    metadata.mac === ""
      ? "it has no MAC"
      : stated === undefined
        ? "its MAC or its time of change was altered"
        : "values were added, removed, moved or altered without the key";
  throw new FlurryError("FLURRY_SOPS_MAC_MISMATCH", `The file is not as it was last written: ${why}`, {
    ...(file === undefined ? {} : { place: { file } }),
    hint: "Restore it from version control; after a merge by hand, set the merged values anew in the version of one side.",
  });
}
