import { FlurryError } from "@flurry/core";
import type { Issue, Place } from "@flurry/core";

import type { CommentNode, Leaf, MapNode, Scalar, TreeNode, TreePath } from "../tree.ts";

/** The formats of SOPS files. */
export const sopsFormats = ["yaml", "json", "dotenv", "ini", "binary"] as const;

export type SopsFormat = (typeof sopsFormats)[number];

/** A piece of text that takes the place of another. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A file as text and tree at once, so that a change of the tree is a small change of the text. */
export interface ParsedText {
  readonly text: string;
  /** The trees without metadata. Only YAML has more than one. */
  readonly documents: readonly MapNode[];
  /** The metadata map, nested also where the format is flat. Undefined for a file that is not encrypted. */
  readonly metadata: MapNode | undefined;
  /** What is odd but not wrong. */
  readonly warnings: readonly Issue[];
  /** What makes a scalar stand where a leaf of this text does. */
  leafEdit(leaf: Leaf, scalar: Scalar): readonly TextEdit[];
  /** What makes a comment say something else; one that a list holds as an item becomes a comment again. */
  commentEdit(comment: CommentNode, text: string): readonly TextEdit[];
  /** The text with a node put at a path of the first document, or with what is there taken away. */
  withNode(path: TreePath, node: TreeNode | undefined): string;
  /** What makes the metadata be another one; undefined takes it away. */
  metadataEdits(next: MapNode | undefined): readonly TextEdit[];
  /** The text of the metadata as it stands. */
  readonly metadataText: string;
  /** What puts the text of another file's metadata into this one, which has none. */
  adoptMetadata(text: string): readonly TextEdit[];
}

/** One file format. */
export interface Store {
  readonly format: SopsFormat;
  /** @throws FlurryError FLURRY_SOPS_SYNTAX, FLURRY_SOPS_LIMIT */
  read(bytes: Uint8Array, options: ReadOptions): ParsedText;
  /** Reads a file that is about to be encrypted; it differs where the encrypted form is another format. */
  readPlain(bytes: Uint8Array, options: ReadOptions): ParsedText;
}

export interface ReadOptions {
  /** Names the file in errors. */
  readonly file?: string;
  /** Default: 64 MiB. */
  readonly maxBytes?: number;
}

/** Nesting beyond this is refused: no file of secrets has it, and parsers are recursive. */
export const maxDepth = 100;

/** Nodes beyond this are refused; aliases of YAML count once for each use. */
export const maxNodes = 500_000;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @throws FlurryError FLURRY_SOPS_LIMIT, FLURRY_SOPS_SYNTAX for what is not UTF-8 */
export function decodeText(bytes: Uint8Array, options: ReadOptions): string {
  checkSize(bytes, options);
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw syntaxError("it is not UTF-8", { ...options, cause });
  }
}

export function checkSize(bytes: Uint8Array, { maxBytes = 64 * 1024 * 1024, file }: ReadOptions): void {
  if (bytes.length > maxBytes) throw limitError(`it has ${bytes.length} bytes, more than ${maxBytes}`, file);
}

export function limitError(what: string, file: string | undefined): FlurryError {
  return new FlurryError("FLURRY_SOPS_LIMIT", `The file is refused: ${what}`, {
    ...(file === undefined ? {} : { place: { file } }),
    hint: "A file of secrets is small and flat; this looks like a mistake or an attack.",
  });
}

export function syntaxError(
  what: string,
  options: ReadOptions & { readonly at?: { readonly text: string; readonly offset: number }; readonly cause?: unknown },
): FlurryError {
  const { file, at, cause } = options;
  const place = file === undefined ? undefined : at === undefined ? { file } : placeOf(file, at.text, at.offset);
  const where = at === undefined || place !== undefined ? "" : ` (line ${lineOf(at.text, at.offset)})`;
  return new FlurryError("FLURRY_SOPS_SYNTAX", `The file cannot be read: ${what}${where}`, {
    ...(place === undefined ? {} : { place }),
    ...(cause === undefined ? {} : { cause }),
  });
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

function placeOf(file: string, text: string, offset: number): Place {
  return { file, line: lineOf(text, offset), column: offset - text.lastIndexOf("\n", offset - 1) };
}

/** A text with edits made; they may come in any order and must not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < at || edit.end > text.length) {
      throw new FlurryError("FLURRY_INTERNAL", "Two changes of a file overlap");
    }
    parts.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  parts.push(text.slice(at));
  return parts.join("");
}
