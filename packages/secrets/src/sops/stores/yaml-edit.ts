import type { CommentNode, Leaf, Scalar, TreeNode } from "../tree.ts";
import type { TextEdit } from "./store.ts";
import { blockEdits } from "./yaml-blocks.ts";
import type { EditNode } from "./yaml-blocks.ts";
import type { YamlLayout } from "./yaml-layout.ts";
import { printFlow, printScalar } from "./yaml-print.ts";
import type { YamlStyle } from "./yaml-print.ts";

/** A text with what is needed to change a part of it. */
export interface YamlSource {
  readonly text: string;
  readonly layout: YamlLayout;
  readonly style: YamlStyle;
}

/** What puts another scalar into the place of a leaf. */
export function scalarEdits(source: YamlSource, leaf: Leaf, scalar: Scalar): TextEdit[] | undefined {
  const { text, layout, style } = source;
  const { span } = leaf;
  if (span === undefined) return undefined;
  const place = layout.places.get(leaf) ?? { column: 0, oneLine: true };
  const isBlock = text[span.end - 1] === "\n" && span.end > span.start;
  const rest = text.slice(span.end, lineEnd(text, span.end));
  const oneLine = place.oneLine || (!isBlock && rest.trim() !== "");
  const printed = printScalar(scalar, { column: place.column, style, oneLine });
  const split = layout.split.get(leaf);
  if (split !== undefined) {
    const [header, content] = split;
    return [
      { ...header, text: printed },
      { ...content, text: "" },
    ];
  }
  const lead = span.start === span.end && !/\s/.test(text[span.start - 1] ?? " ") ? " " : "";
  return [{ ...span, text: `${lead}${printed}${isBlock ? "\n" : ""}` }];
}

/** What makes a comment say something else; an item of a list that is a sealed comment becomes a comment. */
export function commentEdits({ layout }: YamlSource, comment: CommentNode, next: string): TextEdit[] {
  if (comment.span === undefined) return [];
  const text = next.replaceAll("\n", " ");
  if (comment.asItem !== true) return [{ ...comment.span, text }];
  const lines = layout.lines.get(comment);
  return lines === undefined ? [] : [{ start: lines.end, end: comment.span.end, text: `#${text}` }];
}

/**
 * What turns one node into another, changing only the lines of what differs.
 *
 * @param end - where the lines of the node end
 * @returns undefined when the node has to be written anew as a whole
 */
export function nodeEdits(source: YamlSource, before: TreeNode, after: TreeNode, end: number): TextEdit[] | undefined {
  if (before === after) return [];
  if (before.kind === "leaf") return after.kind === "leaf" ? scalarEdits(source, before, after.value) : undefined;
  const flow = source.layout.flows.get(before);
  if (flow !== undefined) {
    const stays = isEmpty(before) === isEmpty(after) || isInFlow(source, before);
    return stays ? [{ ...flow, text: printFlow(after) }] : undefined;
  }
  if (isEmpty(after)) return undefined;
  if (after.kind !== before.kind) return undefined;
  const edit: EditNode = (from, to, stop) => nodeEdits(source, from, to, stop);
  return blockEdits({ source, before, after, end, edit });
}

function isEmpty(node: TreeNode): boolean {
  return node.kind !== "leaf" && node.items.every((item) => item.kind === "comment");
}

/** A collection whose line has more on it than its own key is inside of another one. */
function isInFlow({ text, layout }: YamlSource, node: TreeNode): boolean {
  const flow = layout.flows.get(node);
  return flow !== undefined && text.slice(flow.end, lineEnd(text, flow.end)).trim() !== "";
}

function lineEnd(text: string, from: number): number {
  const newline = text.indexOf("\n", from);
  return newline === -1 ? text.length : newline;
}
