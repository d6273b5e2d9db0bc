import { lastModifiedMs, referenceText, shortRevision } from "@flurry/nix";
import type { LockChange, LockNode, ReachedNode } from "@flurry/nix";

import { nameList, timeSpan } from "./measures.ts";
import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { TableView } from "./verdict-table.ts";

/** What is pinned, nearest first: one row for each source that the flake reaches. */
export function renderInputs(inputs: readonly ReachedNode[], nowMs: number, view: TableView): string {
  const rows = inputs.map(({ node, path, users }): readonly Cell[] => [
    path.join("/"),
    node.original === undefined ? "" : referenceText(node.original),
    pinnedCell(node, view),
    ageText(node, nowMs),
    usersText(path, users),
  ]);
  return renderTable(["input", "asked for", "pinned", "age", "used by"], rows, view);
}

function pinnedCell(node: LockNode, { colors }: TableView): Cell {
  const revision = shortRevision(node);
  if (revision !== undefined) return revision;
  const path = node.original?.["path"];
  // It is pinned by the commit that the flake itself is of.
  const isOwn = node.original?.["type"] === "path" && typeof path === "string" && path.startsWith(".");
  return isOwn ? "with the flake" : { text: "not locked", color: colors.red };
}

/** One row for each input that differs. */
export function renderLockChanges(changes: readonly LockChange[], view: TableView): string {
  const { colors } = view;
  const rows = changes.map(({ input, kind, before, after, compareUrl }): readonly Cell[] => {
    const word = { added: "+ added", removed: "- removed", changed: "~ changed" }[kind];
    const color = { added: colors.green, removed: colors.red, changed: colors.yellow }[kind];
    return [input, { text: word, color }, pinText(before), pinText(after), compareUrl ?? ""];
  });
  return renderTable(["input", "change", "before", "after", "commits"], rows, view);
}

/** `abc1234 of 2025-01-31`. */
export function pinText(node: LockNode | undefined): string {
  if (node === undefined) return "";
  const modified = lastModifiedMs(node);
  const date = modified === undefined ? "" : ` of ${new Date(modified).toISOString().slice(0, 10)}`;
  return `${shortRevision(node) ?? "not locked"}${date}`;
}

function ageText(node: LockNode, nowMs: number): string {
  const modified = lastModifiedMs(node);
  return modified === undefined ? "" : timeSpan(Math.max(0, nowMs - modified));
}

/** Who else has the input: those that follow it, or share it. */
function usersText(path: readonly string[], users: readonly (readonly string[])[]): string {
  const own = path.join("/");
  const names = users
    .filter((each) => each.join("/") !== own)
    .map((each) => each.slice(0, -1).join("/") || "the flake");
  return nameList([...new Set(names)], 4);
}

/** An input as `--json` shows it. */
export function inputJson({ node, path, users }: ReachedNode, nowMs: number): object {
  const modified = lastModifiedMs(node);
  return {
    input: path.join("/"),
    node: node.name,
    locked: node.locked,
    original: node.original,
    flake: node.flake,
    ...(modified === undefined ? {} : { lastModified: new Date(modified).toISOString(), ageMs: nowMs - modified }),
    users: users.map((each) => each.join("/")),
  };
}

/** A change as `--json` shows it. */
export function lockChangeJson({ input, kind, before, after, compareUrl }: LockChange): object {
  return { input, kind, before: before?.locked, after: after?.locked, compareUrl };
}
