import type { LockFile, LockNode } from "./lock-file.ts";
import { lockGraph } from "./lock-graph.ts";
import { projectOf } from "./lock-reference.ts";

/** One input that differs between two lock files. */
export interface LockChange {
  /** The path of the input from the flake: `sops-nix/nixpkgs`. */
  readonly input: string;
  readonly kind: "added" | "removed" | "changed";
  readonly before?: LockNode;
  readonly after?: LockNode;
  /** A page with the commits in between, where the forge has one. */
  readonly compareUrl?: string;
}

/** Compares what two lock files pin, by the shortest path that leads to each node. */
export function diffLocks(before: LockFile, after: LockFile): readonly LockChange[] {
  const old = pinned(before);
  const now = pinned(after);
  const changes = [...new Set([...old.keys(), ...now.keys()])].flatMap((input): readonly LockChange[] => {
    const was = old.get(input);
    const is = now.get(input);
    if (was === undefined) return is === undefined ? [] : [{ input, kind: "added", after: is }];
    if (is === undefined) return [{ input, kind: "removed", before: was }];
    if (sameSource(was, is)) return [];
    const url = compareUrl(was, is);
    return [{ input, kind: "changed", before: was, after: is, ...(url === undefined ? {} : { compareUrl: url }) }];
  });
  return changes.toSorted((a, b) => depth(a) - depth(b) || (a.input < b.input ? -1 : 1));
}

function pinned(lock: LockFile): ReadonlyMap<string, LockNode> {
  return new Map(lockGraph(lock).reached.map(({ path, node }) => [path.join("/"), node]));
}

function depth({ input }: LockChange): number {
  return input.split("/").length;
}

function sameSource(a: LockNode, b: LockNode): boolean {
  const key = ({ locked }: LockNode): string =>
    JSON.stringify(Object.entries(locked ?? {}).toSorted(([x], [y]) => (x < y ? -1 : 1)));
  return key(a) === key(b);
}

function compareUrl(before: LockNode, after: LockNode): string | undefined {
  const [from, to] = [before.locked?.["rev"], after.locked?.["rev"]];
  const project = projectOf(after);
  if (typeof from !== "string" || typeof to !== "string" || from === to || project !== projectOf(before))
    return undefined;
  const [, forge, path] = /^(github|gitlab):([^?]+)/.exec(project ?? "") ?? [];
  if (forge === "github") return `https://github.com/${path}/compare/${from}...${to}`;
  return forge === "gitlab" ? `https://gitlab.com/${path}/-/compare/${from}...${to}` : undefined;
}
