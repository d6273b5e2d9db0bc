import type { CompiledSelector } from "./selection.ts";
import type { CommentNode, Leaf, ListNode, MapNode, TreeNode } from "./tree.ts";

/** A scalar or comment on the walk through a file. */
export interface Visit {
  readonly node: Leaf | CommentNode;
  /** The additional data that its ciphertext is bound to: the keys above it, each followed by a colon. */
  readonly aad: string;
  /** By the selector it has to be encrypted. */
  readonly selected: boolean;
  /** The map keys above it; list indexes are not part of it. */
  readonly keys: Keys | undefined;
}

/** The innermost key first; shared between visits, so that a walk makes no arrays. */
export interface Keys {
  readonly key: string;
  readonly parent: Keys | undefined;
}

export function keyList(keys: Keys | undefined): string[] {
  const names: string[] = [];
  for (let at = keys; at !== undefined; at = at.parent) names.unshift(at.key);
  return names;
}

interface State {
  readonly keys: Keys | undefined;
  /** The keys joined by colons. */
  readonly joined: string;
  /** A key on the way here matches the selector. */
  readonly keyHit: boolean;
  /** A comment that is active for an enclosing value matches the selector. */
  readonly commentHit: boolean;
}

/** Comments since the last sibling that is no comment. */
interface Frame {
  hit: boolean;
}

/**
 * Visits scalars and comments of all documents in the order in which SOPS does: depth first, as they stand.
 * Source: `walkBranch` and `shouldBeEncrypted` of sops.go.
 */
export function walk(documents: readonly MapNode[], selector: CompiledSelector, visit: (visit: Visit) => void): void {
  const { matchEncrypts, byComment } = selector;

  const selected = (state: State, frameHit: boolean): boolean =>
    (byComment ? state.commentHit || frameHit : state.keyHit) === matchEncrypts;

  const onComment = (node: CommentNode, state: State, frame: Frame): void => {
    const own = byComment && selector.matches(node.text);
    // A comment that turns encryption on is not encrypted by itself; one that turns it off counts for itself.
    const hit = matchEncrypts ? frame.hit : frame.hit || own;
    visit({ node, aad: `${state.joined}:`, selected: selected(state, hit), keys: state.keys });
    frame.hit ||= own;
  };

  const onNode = (node: TreeNode, state: State, frame: Frame): void => {
    if (node.kind === "leaf") {
      visit({ node, aad: `${state.joined}:`, selected: selected(state, frame.hit), keys: state.keys });
      return;
    }
    const inner = frame.hit && !state.commentHit ? { ...state, commentHit: true } : state;
    if (node.kind === "map") onMap(node, inner);
    else onList(node, inner);
  };

  const onMap = (node: MapNode, state: State): void => {
    const frame: Frame = { hit: false };
    for (const item of node.items) {
      if (item.kind === "comment") {
        onComment(item, state, frame);
        continue;
      }
      const { key, value } = item;
      const joined = state.keys === undefined ? key : `${state.joined}:${key}`;
      const keyHit = state.keyHit || (!byComment && selector.matches(key));
      onNode(value, { keys: { key, parent: state.keys }, joined, keyHit, commentHit: state.commentHit }, frame);
      frame.hit = false;
    }
  };

  const onList = (node: ListNode, state: State): void => {
    const frame: Frame = { hit: false };
    for (const item of node.items) {
      if (item.kind === "comment") onComment(item, state, frame);
      else {
        onNode(item, state, frame);
        frame.hit = false;
      }
    }
  };

  for (const document of documents) {
    onMap(document, { keys: undefined, joined: "", keyHit: false, commentHit: false });
  }
}
