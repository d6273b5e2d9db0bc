import { closeSync, lstatSync, openSync, readFileSync, readSync } from "node:fs";
import type { Stats } from "node:fs";
import { join } from "node:path";

import { FlurryError } from "@flurry/core";

import { isAgeFile } from "../age/armor.ts";
import { inspectAge } from "../age/inspect.ts";
import type { AgeInspection } from "../age/inspect.ts";
import { parseSops } from "../sops/document.ts";
import type { SopsFile } from "../sops/document.ts";
import { sopsFormatOf } from "../sops/stores/stores.ts";

/** What a file is, as can be told without keys. */
export type SecretFile = {
  /** Relative to the policy's root, with `/`. */
  readonly path: string;
} & (
  | { readonly kind: "sops"; readonly file: SopsFile }
  | { readonly kind: "age"; readonly content: Uint8Array; readonly inspection: AgeInspection }
  /** Not encrypted. */
  | { readonly kind: "plain"; readonly content: Uint8Array }
  | { readonly kind: "unreadable"; readonly error: FlurryError }
  | { readonly kind: "link" }
  | { readonly kind: "absent" }
);

/** What decides whether a file is looked into at all. */
export interface InspectOptions {
  /** Names the file in errors. Default: its path. */
  readonly name?: string;
  /** Whether a rule that is about secrets covers the file: it is read then, whatever it is called. */
  readonly expected: boolean;
}

const maxBytes = 64 * 1024 * 1024;

/** Endings of files that SOPS and age write. Others are only looked into where a rule names them. */
const endings = /\.(?:ya?ml|json|env|ini|age|sops|enc|bin|txt|toml|conf)$/;

/** Enough to see what a file is that SOPS has encrypted as a whole, or an age file. */
const headBytes = 256;

/**
 * Looks at a file without any key.
 *
 * @returns undefined for a file that nothing says is a secret
 */
export function inspectFile(root: string, path: string, options: InspectOptions): SecretFile | undefined {
  const { name = path, expected } = options;
  const absolute = join(root, path);
  const stat = statOf(absolute);
  if (stat === undefined) return expected ? { path, kind: "absent" } : undefined;
  if (stat.isSymbolicLink()) return expected ? { path, kind: "link" } : undefined;
  if (!stat.isFile() || (!expected && stat.size > maxBytes)) return undefined;
  if (stat.size > maxBytes) return { path, kind: "unreadable", error: tooLarge(name) };
  try {
    const content = readContent(absolute, expected || endings.test(path) ? undefined : headBytes);
    return content === undefined ? undefined : classify(path, content, { name, expected });
  } catch (error) {
    return expected ? { path, kind: "unreadable", error: FlurryError.from(error) } : undefined;
  }
}

/** What some content is, by itself. */
export function classify(path: string, content: Uint8Array, { name = path, expected }: InspectOptions): SecretFile {
  try {
    if (isAgeFile(content)) return { path, kind: "age", content, inspection: inspectAge(content) };
    if (!mayBeSops(content)) return { path, kind: "plain", content };
    return { path, kind: "sops", file: parseSops(content, { format: sopsFormatOf(path), file: name }) };
  } catch (error) {
    const known = FlurryError.from(error);
    if (known.code === "FLURRY_SOPS_NOT_ENCRYPTED" || !expected) return { path, kind: "plain", content };
    return { path, kind: "unreadable", error: known };
  }
}

/** @param head - bytes after which a file that does not look like one of SOPS or age is left alone */
function readContent(absolute: string, head: number | undefined): Uint8Array | undefined {
  if (head === undefined) return readFileSync(absolute);
  const file = openSync(absolute, "r");
  try {
    const buffer = Buffer.alloc(head);
    const begin = buffer.subarray(0, readSync(file, buffer, 0, head, 0));
    const known = isAgeFile(begin) || /^\s*\{\s*"data":\s*"ENC\[AES256_GCM,/.test(begin.toString("latin1"));
    return known ? readFileSync(absolute) : undefined;
  } finally {
    closeSync(file);
  }
}

/** What is not there, or cannot be reached, has none. */
function statOf(absolute: string): Stats | undefined {
  try {
    return lstatSync(absolute, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Every form of the metadata has these words; looking for them is much faster than reading the file. */
function mayBeSops(content: Uint8Array): boolean {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (!bytes.includes("sops")) return false;
  return bytes.includes("lastmodified") || /lastmodified/i.test(bytes.toString("latin1"));
}

function tooLarge(name: string): FlurryError {
  return new FlurryError("FLURRY_SOPS_LIMIT", "The file is larger than 64 MiB", { place: { file: name } });
}
