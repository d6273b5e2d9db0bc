import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import * as z from "zod";

import type { LockedFlake } from "../flake/locked-flake.ts";
import { flakeFile } from "./reads.ts";

const node = z.looseObject({
  inputs: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
  locked: z
    .looseObject({ type: z.string().optional(), path: z.string().optional(), dir: z.string().optional() })
    .optional(),
  flake: z.boolean().optional(),
  parent: z.unknown().optional(),
});
const lockFile = z.looseObject({ nodes: z.record(z.string(), node), root: z.string() });

type LockNode = z.infer<typeof node>;
type LockFile = z.infer<typeof lockFile>;

/** What a flake's lock file says of one input with all that it needs in turn. */
export interface LockedInput {
  /** Equal for equal contents. */
  readonly digest: string;
  /** True when a part of it is a directory of the flake's own source, or when nothing is known of it. */
  readonly isRelative: boolean;
}

/**
 * An input in which the flake itself can be reached (`inputs.x.inputs.y.follows = ""`), or the flake in the place of an
 * input.
 */
export type WayBack =
  | "flake"
  | {
      /** Where in its source the input is a flake: empty, or with a leading slash. */
      readonly directory: string;
      /** Those of its own inputs that are the flake, or lead there. */
      readonly inputs: Readonly<Record<string, WayBack>>;
    };

/** Which inputs of a flake in the store lead back to it, and on which way. */
export function waysBack(flake: LockedFlake): Readonly<Record<string, WayBack>> {
  const lock = readLock(flake);
  const root = lock?.nodes[lock.root];
  return lock === undefined || root === undefined ? {} : waysFrom(lock, root, new Map());
}

type KnownWays = Map<string, WayBack | undefined>;

function waysFrom(lock: LockFile, { inputs = {} }: LockNode, known: KnownWays): Readonly<Record<string, WayBack>> {
  const ways = Object.entries(inputs).flatMap(([name, target]) => {
    const way = wayBack(lock, resolve(lock, target), known);
    return way === undefined ? [] : [[name, way] as const];
  });
  return Object.fromEntries(ways);
}

function wayBack(lock: LockFile, name: string | undefined, known: KnownWays): WayBack | undefined {
  if (name === lock.root) return "flake";
  const at = name === undefined ? undefined : lock.nodes[name];
  if (name === undefined || at === undefined || at.flake === false) return undefined;
  if (known.has(name)) return known.get(name);
  // Inputs in a circle are none that nix could evaluate.
  known.set(name, undefined);
  const inputs = waysFrom(lock, at, known);
  const { dir = "" } = at.locked ?? {};
  const way = Object.keys(inputs).length === 0 ? undefined : { directory: dir === "" ? "" : `/${dir}`, inputs };
  known.set(name, way);
  return way;
}

/** Reads the lock file of a flake in the store and tells what is behind each of its inputs. */
export function lockedInputs(flake: LockedFlake): (name: string) => LockedInput {
  const lock = readLock(flake);
  const known = new Map<string, LockedInput>();
  return (name) => {
    let input = known.get(name);
    if (input === undefined) {
      input = lock === undefined ? unknownInput : describe(lock, name);
      known.set(name, input);
    }
    return input;
  };
}

const unknownInput: LockedInput = { digest: "unknown", isRelative: true };

function readLock({ storePath, subdirectory }: LockedFlake): LockFile | undefined {
  try {
    const text = readFileSync(storePath + flakeFile(subdirectory, "flake.lock"), "utf8");
    return lockFile.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The nodes that can be reached from an input, without what each of them was called by its user. */
function describe(lock: LockFile, name: string): LockedInput {
  const first = follow(lock, lock.root, [name]);
  if (first === undefined) return unknownInput;
  const reached = new Map<string, { readonly node: LockNode; readonly inputs: Record<string, string> }>();
  const pending = [first];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const at = lock.nodes[next];
    // What is asked of the flake itself is marked, whoever asks.
    if (reached.has(next) || next === lock.root) continue;
    if (at === undefined) return unknownInput;
    const inputs: Record<string, string> = {};
    for (const [inputName, target] of Object.entries(at.inputs ?? {})) {
      const resolved = resolve(lock, target);
      if (resolved === undefined) return unknownInput;
      inputs[inputName] = resolved;
      pending.push(resolved);
    }
    reached.set(next, { node: at, inputs });
  }
  const parts = [...reached].sort(([a], [b]) => (a < b ? -1 : 1));
  const described = parts.map(
    ([
      nodeName,
      {
        node: { locked, flake, parent },
        inputs,
      },
    ]) => [nodeName, { locked, flake, parent, inputs }],
  );
  return {
    digest: createHash("sha256")
      .update(JSON.stringify([first, described]))
      .digest("base64url"),
    isRelative: parts.some(([, { node: each }]) => isRelative(each)),
  };
}

function isRelative({ locked, parent }: LockNode): boolean {
  return parent !== undefined || (locked?.type === "path" && locked.path?.startsWith("/") !== true);
}

/** The name of the node that an input stands for: a name, or the path of inputs that it follows from the root. */
function resolve(lock: LockFile, target: string | readonly string[], depth = 0): string | undefined {
  return typeof target === "string" ? target : follow(lock, lock.root, target, depth + 1);
}

function follow(lock: LockFile, from: string, path: readonly string[], depth = 0): string | undefined {
  // Inputs that follow each other in a circle.
  if (depth > 100) return undefined;
  let at: string | undefined = from;
  for (const name of path) {
    const target: string | string[] | undefined = at === undefined ? undefined : lock.nodes[at]?.inputs?.[name];
    at = target === undefined ? undefined : resolve(lock, target, depth);
  }
  return at;
}
