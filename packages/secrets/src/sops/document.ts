import { FlurryError } from "@flurry/core";
import type { Issue } from "@flurry/core";

import { openDataKey } from "./data-key.ts";
import type { OpenedDataKey } from "./data-key.ts";
import { fileFindings } from "./findings.ts";
import type { KeyOpener } from "./master-key.ts";
import { readMetadata } from "./metadata.ts";
import type { Metadata } from "./metadata.ts";
import { openedAt, openValues } from "./open-values.ts";
import type { OpenedTexts } from "./open-values.ts";
import { scalarBytes } from "./scalar-bytes.ts";
import { compileSelector } from "./selection.ts";
import { applyEdits, checkSize } from "./stores/store.ts";
import type { ParsedText, ReadOptions, SopsFormat } from "./stores/store.ts";
import { storeOf } from "./stores/stores.ts";
import { nodeAt } from "./tree.ts";
import type { CommentNode, Leaf, MapNode, Scalar, TreeNode, TreePath } from "./tree.ts";
import { walk } from "./walk.ts";
import type { Visit } from "./walk.ts";

/** An encrypted file as it is read without any key. */
export interface SopsFile {
  readonly format: SopsFormat;
  /** Names the file in errors. */
  readonly file: string | undefined;
  readonly bytes: Uint8Array;
  readonly metadata: Metadata;
  readonly parsed: ParsedText;
}

/** An encrypted file whose values are open and whose MAC is right. */
export interface UnlockedSops {
  readonly file: SopsFile;
  readonly key: OpenedDataKey;
  readonly opened: OpenedTexts;
}

/** How to read a file. */
export interface ParseSopsOptions extends ReadOptions {
  readonly format: SopsFormat;
}

/**
 * Reads an encrypted file; no key is needed and nothing is proven yet.
 *
 * @throws FlurryError FLURRY_SOPS_SYNTAX, FLURRY_SOPS_LIMIT, FLURRY_SOPS_NOT_ENCRYPTED, FLURRY_SOPS_METADATA_INVALID
 */
export function parseSops(bytes: Uint8Array, options: ParseSopsOptions): SopsFile {
  checkSize(bytes, options);
  const parsed = storeOf(options.format).read(bytes, options);
  if (parsed.metadata === undefined) {
    throw new FlurryError("FLURRY_SOPS_NOT_ENCRYPTED", "The file is not encrypted: it has no SOPS metadata", {
      ...(options.file === undefined ? {} : { place: { file: options.file } }),
      hint: "Encrypt it, and if it was ever committed so, change its values where they come from.",
    });
  }
  const metadata = readMetadata(parsed.metadata);
  // A selector that does not compile selects nothing; better to know now.
  compileSelector(metadata.selector);
  return { format: options.format, file: options.file, bytes, metadata, parsed };
}

/**
 * Opens the data key with the private keys at hand, decrypts every value and verifies the MAC.
 *
 * @throws FlurryError FLURRY_SOPS_NO_KEY, FLURRY_SOPS_KEY_DAMAGED, FLURRY_SOPS_VALUE_NOT_ENCRYPTED,
 * FLURRY_SOPS_VALUE_DAMAGED, FLURRY_SOPS_MAC_MISMATCH
 */
export async function unlockSops(file: SopsFile, openers: readonly KeyOpener[]): Promise<UnlockedSops> {
  const { groups, threshold } = file.metadata;
  return unlockWith(file, await openDataKey(groups, threshold, openers));
}

/** {@link unlockSops} with a data key that is open already; it needs no waiting. */
export function unlockWith(file: SopsFile, key: OpenedDataKey): UnlockedSops {
  return { file, key, opened: openValues(file.parsed, file.metadata, key.dataKey, file.file) };
}

/** What is odd about a file or not protected by its MAC, found without a key. */
export function findingsOf(file: SopsFile): readonly Issue[] {
  return fileFindings(file);
}

/** The values of a file: one tree a document, comments decrypted as well. */
export function treesOf(unlocked: UnlockedSops): readonly MapNode[] {
  const { parsed, metadata } = unlocked.file;
  const replaced = new Map<Leaf | CommentNode, Leaf | CommentNode>();
  walk(parsed.documents, compileSelector(metadata.selector), (visit) => {
    const plain = plainNode(unlocked, visit);
    if (plain !== visit.node) replaced.set(visit.node, plain);
  });
  return parsed.documents.map((document) => rebuildMap(document, replaced));
}

function plainNode(unlocked: UnlockedSops, visit: Visit): Leaf | CommentNode {
  const { node, aad, selected } = visit;
  const text = node.kind === "comment" ? node.text : node.value.kind === "str" ? node.value.value : undefined;
  const asItem = node.kind === "comment" && node.asItem === true;
  if (text === undefined || (!selected && !asItem)) return node;
  const found = openedAt(unlocked.opened, aad, text)?.opened;
  if (found === undefined) return node;
  if (found.kind === "value") return { kind: "leaf", value: found.scalar };
  return { kind: "comment", text: found.text, inline: node.kind === "comment" && node.inline };
}

function rebuildMap(node: MapNode, replaced: ReadonlyMap<object, Leaf | CommentNode>): MapNode {
  return {
    kind: "map",
    items: node.items.map((item) => {
      if (item.kind === "entry") return { ...item, value: rebuild(item.value, replaced) };
      const plain = replaced.get(item);
      return plain?.kind === "comment" ? plain : item;
    }),
  };
}

function rebuild(node: TreeNode, replaced: ReadonlyMap<object, Leaf | CommentNode>): TreeNode {
  if (node.kind === "map") return rebuildMap(node, replaced);
  if (node.kind === "list") {
    const items = node.items.map((item) => {
      if (item.kind !== "comment" && item.kind !== "leaf") return rebuild(item, replaced);
      return replaced.get(item) ?? item;
    });
    return { kind: "list", items };
  }
  const plain = replaced.get(node);
  return plain?.kind === "leaf" ? plain : node;
}

/** The node at a path of the first document; undefined where there is none. */
export function valueAt(unlocked: UnlockedSops, path: TreePath): TreeNode | undefined {
  const [document] = treesOf(unlocked);
  return document === undefined ? undefined : nodeAt(document, path);
}

/**
 * The file in clear: layout and comments as they are, without metadata.
 *
 * @throws FlurryError FLURRY_SOPS_VALUE_UNSUPPORTED when a value cannot be written in the format
 */
export function plaintextOf(unlocked: UnlockedSops): Uint8Array {
  const { file } = unlocked;
  if (file.format === "binary") return binaryPlaintext(unlocked);
  return Buffer.from(plainEdits(unlocked), "utf8");
}

function plainEdits(unlocked: UnlockedSops): string {
  const { parsed, metadata } = unlocked.file;
  const edits = [...parsed.metadataEdits(undefined)];
  walk(parsed.documents, compileSelector(metadata.selector), (visit) => {
    const { node } = visit;
    const plain = plainNode(unlocked, visit);
    if (plain === node) return;
    if (plain.kind === "comment" && node.kind === "comment") edits.push(...parsed.commentEdit(node, plain.text));
    else if (plain.kind === "leaf" && node.kind === "leaf") edits.push(...parsed.leafEdit(node, plain.value));
  });
  return applyEdits(parsed.text, edits);
}

function binaryPlaintext(unlocked: UnlockedSops): Uint8Array {
  const node = valueAt(unlocked, ["data"]);
  const scalar: Scalar = node?.kind === "leaf" ? node.value : { kind: "null" };
  return scalar.kind === "null" ? new Uint8Array(0) : scalarBytes(scalar);
}
