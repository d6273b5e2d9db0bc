import type { CST } from "yaml";

import { isSealedComment } from "../cipher.ts";
import type { CommentNode, TreeNode } from "../tree.ts";
import type { YamlLayout } from "./yaml-layout.ts";

/** A token of the parser, where there may be none. */
export type Token = CST.Token | null | undefined;

/** Finds comments and to which collection they belong. */
export interface CommentReader {
  /** The comments among tokens. */
  among(tokens: readonly CST.SourceToken[] | undefined): CommentNode[];
  /** Those on the line of a value; what stands below it goes to {@link CommentReader.takeStrays}. */
  behind(value: Token): CommentNode[];
  /** Those that are not to the left of a collection; the others go to {@link CommentReader.takeStrays}. */
  keepInside(comments: readonly CommentNode[], column: number): CommentNode[];
  /** Comments of an inner collection that stand too far left for it, and not for this one. */
  takeStrays(column: number): CommentNode[];
  columnOf(offset: number): number;
  lineStart(offset: number): number;
}

export function commentReader(text: string, layout: YamlLayout): CommentReader {
  let strays: CommentNode[] = [];
  const lineStart = (offset: number): number => text.lastIndexOf("\n", offset - 1) + 1;
  const columnOf = (offset: number): number => offset - lineStart(offset);
  const markColumn = (node: CommentNode): number => columnOf((node.span?.start ?? 1) - 1);
  const read = (token: CST.SourceToken): CommentNode => {
    const source = token.source.replace(/\r$/, "");
    const inline = text.slice(lineStart(token.offset), token.offset).trim() !== "";
    const span = { start: token.offset + 1, end: token.offset + source.length };
    const node: CommentNode = { kind: "comment", text: source.slice(1), inline, span };
    if (!inline) layout.lines.set(node, { start: lineStart(token.offset), end: token.offset });
    return node;
  };
  const among = (tokens: readonly CST.SourceToken[] | undefined): CommentNode[] =>
    (tokens ?? []).filter((token) => token.type === "comment").map(read);
  return {
    among,
    lineStart,
    columnOf,
    behind: (value) => {
      const found = among(tokensBehind(value));
      strays.push(...found.filter((node) => !node.inline));
      return found.filter((node) => node.inline);
    },
    keepInside: (comments, column) => {
      strays.push(...comments.filter((node) => markColumn(node) < column));
      return comments.filter((node) => markColumn(node) >= column);
    },
    takeStrays: (column) => {
      const mine = strays.filter((node) => markColumn(node) >= column);
      strays = strays.filter((node) => markColumn(node) < column);
      return mine;
    },
  };
}

function tokensBehind(value: Token): readonly CST.SourceToken[] {
  if (value === undefined || value === null) return [];
  // The comment of a block stands behind its header.
  if (value.type === "block-scalar") return value.props.filter((prop) => isSourceToken(prop));
  return "end" in value ? (value.end ?? []) : [];
}

function isSourceToken(token: CST.Token): token is CST.SourceToken {
  return token.type === "comment";
}

/** SOPS writes an encrypted comment of a list as an item. */
export function sealedItem(value: TreeNode): CommentNode | undefined {
  if (value.kind !== "leaf" || value.value.kind !== "str" || !isSealedComment(value.value.value)) return undefined;
  const node: CommentNode = { kind: "comment", text: value.value.value, inline: false, asItem: true };
  return value.span === undefined ? node : { ...node, span: value.span };
}
