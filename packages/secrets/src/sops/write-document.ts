import type { IvStash } from "./cipher.ts";
import type { OpenedDataKey } from "./data-key.ts";
import { parseSops, unlockWith } from "./document.ts";
import type { SopsFile, UnlockedSops } from "./document.ts";
import { sealMac } from "./mac.ts";
import { changeMetadata } from "./metadata.ts";
import { sealValues } from "./seal-values.ts";
import { applyEdits } from "./stores/store.ts";
import type { ParsedText, SopsFormat } from "./stores/store.ts";
import { storeOf } from "./stores/stores.ts";
import { leavesOf } from "./tree.ts";
import type { Leaf, MapNode, Scalar } from "./tree.ts";

/** Every value of a text in clear, as what is to be sealed. */
export function ownValues(parsed: ParsedText): Map<Leaf, Scalar> {
  return new Map(parsed.documents.flatMap((document) => [...leavesOf(document)]).map((leaf) => [leaf, leaf.value]));
}

/** The metadata of a new file goes into its sealed text, which for JSON is laid out anew. */
export function withMetadata(text: string, format: SopsFormat, metadata: MapNode): string {
  const sealed = storeOf(format).read(Buffer.from(text, "utf8"), {});
  return applyEdits(sealed.text, sealed.metadataEdits(metadata));
}

/** What {@link reseal} is to do. */
export interface Reseal {
  readonly fresh: ReadonlyMap<Leaf, Scalar>;
  readonly now: Date;
  readonly comments: boolean;
  readonly stash?: IvStash;
}

/** Seals a changed text with the data key that the file has. */
export function reseal(unlocked: UnlockedSops, parsed: ParsedText, options: Reseal): Uint8Array {
  const { metadata, format } = unlocked.file;
  const { dataKey } = unlocked.key;
  const { edits, mac } = sealValues(parsed, {
    ...options,
    dataKey,
    selector: metadata.selector,
    macOnlyEncrypted: metadata.macOnlyEncrypted,
    opened: options.stash === undefined ? unlocked.opened : new Map(),
    everything: false,
  });
  const lastModified = timeText(options.now);
  const next = changeMetadata(metadata, { lastModified, mac: sealMac(mac, dataKey, lastModified) });
  if (parsed.metadata === undefined) {
    // The metadata keeps its layout as well.
    const text = applyEdits(parsed.text, [...edits, ...parsed.adoptMetadata(unlocked.file.parsed.metadataText)]);
    return Buffer.from(withMetadata(text, format, next), "utf8");
  }
  return Buffer.from(applyEdits(parsed.text, [...edits, ...parsed.metadataEdits(next)]), "utf8");
}

/** Reads the new file back: what cannot be opened again is never handed out. */
export function finish(
  text: Uint8Array | string,
  options: { format: SopsFormat; file?: string },
  key: OpenedDataKey,
): Uint8Array {
  const bytes = typeof text === "string" ? Buffer.from(text, "utf8") : text;
  unlockWith(parseSops(bytes, options), key);
  return bytes;
}

/** How to read another version of a file. */
export function readOptions(file: SopsFile): { format: SopsFormat; file?: string } {
  return file.file === undefined ? { format: file.format } : { format: file.format, file: file.file };
}

/** A time as SOPS writes it: RFC 3339 in whole seconds. */
export function timeText(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}
