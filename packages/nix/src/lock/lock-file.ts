import type { Issue, Result } from "@flurry/core";
import * as z from "zod";

import { nodePlaces, placeOf } from "./node-places.ts";
import type { TextPlace } from "./node-places.ts";

/** A flake reference as a lock file spells it out: `{ type: "github", owner, repo, ref }` and the like. */
export type LockReference = Readonly<Record<string, string | number | boolean | undefined>> & { readonly type: string };

/** One source that a lock file pins, or the flake itself. */
export interface LockNode {
  /** Unique in the file; what Nix calls the node, not what its users call it. */
  readonly name: string;
  /** What each input of the node stands for: a node, or the path of inputs that it follows from the root. */
  readonly inputs: ReadonlyMap<string, string | readonly string[]>;
  /** Exactly what is used; missing for the root, and for inputs that nobody pinned. */
  readonly locked?: LockReference;
  /** What the flake that needs it asked for. */
  readonly original?: LockReference;
  /** False for a plain source tree. */
  readonly flake: boolean;
  /** For a `path:` relative to another input: the path of that input from the root. */
  readonly parent?: readonly string[];
  /** Where the node stands in the file, counted from 1. */
  readonly line: number;
  readonly column: number;
}

/** A flake.lock. */
export interface LockFile {
  readonly version: number;
  /** The name of the node that is the flake itself. */
  readonly root: string;
  readonly nodes: ReadonlyMap<string, LockNode>;
}

const attribute = z.union([z.string(), z.number(), z.boolean()]);
const reference = z.object({ type: z.string() }).catchall(attribute);
const node = z.looseObject({
  inputs: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
  locked: reference.optional(),
  original: reference.optional(),
  // Until version 6 the hash and the time stood beside the reference.
  info: z.record(z.string(), attribute).optional(),
  flake: z.boolean().optional(),
  parent: z.array(z.string()).optional(),
});
const schema = z.looseObject({ version: z.number(), root: z.string(), nodes: z.record(z.string(), node) });

type LockData = z.infer<typeof schema>;

/**
 * Reads the text of a flake.lock of version 5, 6 or 7: Nix 2.4 to the newest.
 *
 * @param options.file - as people should see it in messages
 * @see https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake#lock-files
 */
export function parseLockFile(
  text: string,
  { file = "flake.lock" }: { readonly file?: string } = {},
): Result<LockFile> {
  const data = readJson(text) ?? conflict(text) ?? noJson(text);
  if ("mistake" in data) return { ok: false, issues: [issueIn(file, data)] };
  const parsed = schema.safeParse(data.json);
  const mistake = parsed.success ? unknownShape(parsed.data) : wrongType(text, parsed.error.issues[0]);
  if (mistake !== undefined || !parsed.success) return { ok: false, issues: [issueIn(file, mistake ?? noJson(text))] };
  const { version, root, nodes } = parsed.data;
  const places = nodePlaces(text);
  const read = Object.entries(nodes).map(([name, each]): [string, LockNode] => [
    name,
    { name, ...nodeOf(each), ...(places.get(name) ?? start) },
  ]);
  return { ok: true, value: { version, root, nodes: new Map(read) }, warnings: [] };
}

interface Mistake {
  readonly mistake: string;
  readonly hint?: string;
  readonly path?: Issue["path"];
  readonly place?: TextPlace;
}

const start: TextPlace = { line: 1, column: 1 };
const anew = "write it anew: rm flake.lock && nix flake lock";

function issueIn(file: string, { mistake, hint, path = [], place = start }: Mistake): Issue {
  const issue = { code: "lock-file", message: mistake, severity: "error", path, place: { file, ...place } } as const;
  return hint === undefined ? issue : { ...issue, hint };
}

function readJson(text: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function conflict(text: string): Mistake | undefined {
  const found = /^(?:<{7}|={7}|>{7})(?: |$)/m.exec(text);
  if (found === null) return undefined;
  const hint = "take either side and lock again: git checkout --ours flake.lock && nix flake lock";
  return { mistake: "the lock file has merge conflicts", place: placeOf(text, found.index), hint };
}

function noJson(text: string): Mistake {
  return { mistake: text.trim() === "" ? "the lock file is empty" : "the lock file is no JSON", hint: anew };
}

function wrongType(text: string, issue: z.core.$ZodIssue | undefined): Mistake {
  const path = (issue?.path ?? []).map((step) => (typeof step === "number" ? step : String(step)));
  const place = path[0] === "nodes" && typeof path[1] === "string" ? nodePlaces(text).get(path[1]) : undefined;
  const mistake = `this is no lock file of a flake: ${issue?.message ?? "it has another shape"}`;
  return { mistake, path, hint: anew, ...(place === undefined ? {} : { place }) };
}

function unknownShape({ version, root, nodes }: LockData): Mistake | undefined {
  if (version < 5 || version > 7)
    return {
      mistake: `version ${version} of lock files is not known`,
      path: ["version"],
      hint: version < 5 ? anew : "a newer Flurry may read it",
    };
  if (Object.hasOwn(nodes, root)) return undefined;
  return { mistake: `the root "${root}" is not among the nodes`, path: ["root"], hint: anew };
}

function nodeOf({
  inputs = {},
  locked,
  original,
  info,
  flake = true,
  parent,
}: z.infer<typeof node>): Omit<LockNode, "name" | "line" | "column"> {
  return {
    inputs: new Map(Object.entries(inputs)),
    ...(locked === undefined ? {} : { locked: { ...info, ...locked } }),
    ...(original === undefined ? {} : { original }),
    flake,
    ...(parent === undefined ? {} : { parent }),
  };
}
