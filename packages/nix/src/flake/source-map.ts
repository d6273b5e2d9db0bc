import { join } from "node:path";

import type { Place, StorePath } from "@flurry/core";

import type { NixPosition } from "../process/internal-json.ts";

/** A source in the store and where on this machine it was copied from. */
export interface SourceMap {
  readonly storePath: StorePath;
  readonly directory?: string;
}

/** The user's own file behind a position; undefined when the position is elsewhere, for example in nixpkgs. */
export function userPlace(source: SourceMap, position: NixPosition): Place | undefined {
  const inside = insideSource(source, position.file);
  if (inside === undefined) return undefined;
  return { file: userFile(source, inside), line: position.line, column: position.column };
}

/** The first of the user's own files that a text names, with its position where one follows. */
export function firstPlaceIn(source: SourceMap, text: string): Place | undefined {
  const from = text.indexOf(`${source.storePath}/`);
  if (from === -1) return undefined;
  const match = /^([^\s'"`‘’:;,()]+)(?::(\d+)(?::(\d+))?)?/.exec(text.slice(from + source.storePath.length + 1));
  if (match === null) return undefined;
  const [, inside = "", line, column] = match;
  return {
    file: userFile(source, inside),
    ...(line === undefined ? {} : { line: Number(line) }),
    ...(column === undefined ? {} : { column: Number(column) }),
  };
}

/** The text with every path into the store's copy of the source replaced by the user's own. */
export function inUserPaths(source: SourceMap, text: string): string {
  if (source.directory === undefined) return text.replaceAll(`${source.storePath}/`, "");
  return text.replaceAll(source.storePath, source.directory);
}

/** The paths within the source that a text names, relative to its top. */
export function pathsInside(source: SourceMap, text: string): readonly string[] {
  const parts = text.split(`${source.storePath}/`).slice(1);
  return parts.flatMap((part) => /^[^\s'"`‘’:;,()]+/.exec(part)?.[0] ?? []);
}

function insideSource({ storePath }: SourceMap, file: string): string | undefined {
  // With lazy trees a file of the source is printed as «path:/nix/store/…-source?narHash=…»/flake.nix.
  const lazy = /^«([^»]*)»\/(.*)$/.exec(file);
  if (lazy !== null) return lazy[1]?.includes(storePath) === true ? lazy[2] : undefined;
  return file.startsWith(`${storePath}/`) ? file.slice(storePath.length + 1) : undefined;
}

function userFile({ directory }: SourceMap, inside: string): string {
  return directory === undefined ? inside : join(directory, inside);
}
