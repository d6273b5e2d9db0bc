import type { LockFile, LockNode } from "./lock-file.ts";

/** What stands behind an input. */
export type Resolution =
  | { readonly kind: "node"; readonly node: LockNode }
  /** It leads nowhere: there is no such node, or an input that it follows is not there. */
  | { readonly kind: "nothing"; readonly missing: string }
  /** Inputs that follow each other in a circle. */
  | { readonly kind: "circle" };

/** One input of one node. */
export interface LockEdge {
  /** The path of the node that has the input, by the names of inputs from the root; empty for the flake itself. */
  readonly user: readonly string[];
  readonly input: string;
  /** The path that the input follows from the root, where it follows one. */
  readonly follows?: readonly string[];
  readonly target: Resolution;
}

/** A node that the flake reaches. */
export interface ReachedNode {
  readonly node: LockNode;
  /** The shortest path of inputs that leads to it. */
  readonly path: readonly string[];
  /** Every input that stands for it, as `<path of its user>/<name>`. */
  readonly users: readonly (readonly string[])[];
}

/** What a lock file comes to, seen from its root. */
export interface LockGraph {
  /** The root is not among them. */
  readonly reached: readonly ReachedNode[];
  readonly edges: readonly LockEdge[];
  /** Nodes that nothing leads to. */
  readonly orphans: readonly LockNode[];
}

/** Resolves an input of a node. */
export function resolveInput(lock: LockFile, target: string | readonly string[]): Resolution {
  return resolve(lock, target, new Set());
}

function resolve(lock: LockFile, target: string | readonly string[], seen: ReadonlySet<string>): Resolution {
  if (typeof target === "string") {
    const node = lock.nodes.get(target);
    return node === undefined ? { kind: "nothing", missing: target } : { kind: "node", node };
  }
  const key = JSON.stringify(target);
  if (seen.has(key)) return { kind: "circle" };
  const passed = new Set([...seen, key]);
  let at = resolve(lock, lock.root, passed);
  for (const [index, step] of target.entries()) {
    if (at.kind !== "node") return at;
    const next = at.node.inputs.get(step);
    if (next === undefined) return { kind: "nothing", missing: target.slice(0, index + 1).join("/") };
    at = resolve(lock, next, passed);
  }
  return at;
}

/** Walks a lock file from its root, nearest first. Takes time in proportion to its inputs. */
export function lockGraph(lock: LockFile): LockGraph {
  const reached = new Map<string, { readonly node: LockNode; path: readonly string[]; users: (readonly string[])[] }>();
  const edges: LockEdge[] = [];
  const root = lock.nodes.get(lock.root);
  const pending: { readonly node: LockNode; readonly path: readonly string[] }[] =
    root === undefined ? [] : [{ node: root, path: [] }];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const { node: user, path } = next;
    for (const [input, given] of user.inputs) {
      const target = resolveInput(lock, given);
      edges.push({ user: path, input, ...(typeof given === "string" ? {} : { follows: given }), target });
      if (target.kind !== "node" || target.node.name === lock.root) continue;
      const own = [...path, input];
      const known = reached.get(target.node.name);
      if (known !== undefined) known.users.push(own);
      else {
        reached.set(target.node.name, { node: target.node, path: own, users: [own] });
        pending.push({ node: target.node, path: own });
      }
    }
  }
  const orphans = [...lock.nodes.values()].filter(({ name }) => name !== lock.root && !reached.has(name));
  return { reached: [...reached.values()], edges, orphans };
}
