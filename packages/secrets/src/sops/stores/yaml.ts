import { FlurryError } from "@flurry/core";
import type { Issue } from "@flurry/core";

import { pathError, putNode } from "../change-tree.ts";
import type { Entry, MapNode, TreeNode, TreePath } from "../tree.ts";
import { applyEdits, decodeText, syntaxError } from "./store.ts";
import type { ParsedText, Store, TextEdit } from "./store.ts";
import { commentEdits, nodeEdits, scalarEdits } from "./yaml-edit.ts";
import type { YamlSource } from "./yaml-edit.ts";
import type { YamlLayout } from "./yaml-layout.ts";
import { readYamlLines } from "./yaml-lines.ts";
import { parseYaml } from "./yaml-parse.ts";
import { printBlock, printEntry, sopsStyle } from "./yaml-print.ts";
import type { YamlStyle } from "./yaml-print.ts";
import { readYamlTree } from "./yaml-read.ts";
import type { YamlReadOptions, YamlTree } from "./yaml-read.ts";

export const yamlStore: Store = {
  format: "yaml",
  read: (bytes, options) => parseYamlText(decodeText(bytes, options), { ...options, sealed: true }),
  readPlain: (bytes, options) => parseYamlText(decodeText(bytes, options), { ...options, sealed: false }),
};

function parseYamlText(text: string, options: YamlReadOptions): ParsedText {
  const lines = readYamlLines(text);
  if (lines !== undefined) return parsedText(text, [{ end: text.length }], [lines], options);
  const sources = parseYaml(text, options);
  const trees = sources.map((source) => readYamlTree(text, source, options));
  if (trees.length === 0) throw syntaxError("it has no document", options);
  const aliases = trees.some((tree) => tree.hasAliases);
  // What has aliases, or is one pair of braces, has no lines of its own for each value: it is laid out anew.
  if (!aliases && !trees.some(isFlowRoot)) return parsedText(text, sources, trees, options);
  const block = trees.map((tree) => printBlock(tree.root, 0, sopsStyle)).join("---\n");
  if (aliases && block === text)
    throw new FlurryError("FLURRY_INTERNAL", "Aliases of a YAML file stay after printing it");
  const again = printedText(block, options);
  return aliases ? { ...again, warnings: [...again.warnings, aliasWarning] } : again;
}

/** Text of our own making is parsed once more, now without aliases; an empty document in braces is left as it is. */
function printedText(text: string, options: YamlReadOptions): ParsedText {
  const sources = parseYaml(text, options);
  return parsedText(
    text,
    sources,
    sources.map((source) => readYamlTree(text, source, options)),
    options,
  );
}

function isFlowRoot(tree: YamlTree): boolean {
  return tree.layout.flows.has(tree.root);
}

const aliasWarning: Issue = {
  code: "aliases-expanded",
  message: "The aliases of the YAML file are written out, as each copy is encrypted by itself",
  severity: "warning",
  path: [],
};

interface YamlPart {
  readonly source: YamlSource;
  readonly root: MapNode;
  readonly content: MapNode;
  readonly own: Entry | undefined;
  /** Where the lines of the document end. */
  readonly end: number;
}

function parsedText(
  text: string,
  sources: readonly { readonly end: number }[],
  trees: readonly YamlTree[],
  options: YamlReadOptions,
): ParsedText {
  let style: YamlStyle | undefined;
  const styled = (): YamlStyle =>
    (style ??= trees.map((tree) => styleOf(tree.root, tree.layout)).find((found) => found !== undefined) ?? sopsStyle);
  const parts = trees.map((tree, index) => partOf(text, tree, { styled, end: sources[index]?.end ?? text.length }));
  const metadata = parts[0]?.own?.value;
  if (metadata !== undefined && metadata.kind !== "map") throw syntaxError("its entry sops is not a map", options);
  const sourceOf = sourceFinder(parts);
  return {
    text,
    documents: parts.map((part) => part.content),
    metadata,
    warnings: [],
    leafEdit: (leaf, scalar) => {
      const edits = scalarEdits(sourceOf(leaf.span?.start ?? 0), leaf, scalar);
      if (edits === undefined) throw new FlurryError("FLURRY_INTERNAL", "A value has no place in its file");
      return edits;
    },
    commentEdit: (comment, next) => commentEdits(sourceOf(comment.span?.start ?? 0), comment, next),
    withNode: (path, node) => withNode(text, parts[0], path, node),
    metadataEdits: (next) => parts.flatMap((part) => metadataEdits(text, part, next)),
    get metadataText() {
      return ownText(text, parts[0]);
    },
    adoptMetadata: (own) => parts.map((part) => appended(text, part, own)),
  };
}

function partOf(
  text: string,
  tree: YamlTree,
  { styled, end }: { readonly styled: () => YamlStyle; readonly end: number },
): YamlPart {
  const { root, layout } = tree;
  const own = root.items.find((item): item is Entry => item.kind === "entry" && item.key === "sops");
  const content: MapNode = { kind: "map", items: root.items.filter((item) => item !== own) };
  // Only who changes something asks for the style.
  const source: YamlSource = {
    text,
    layout,
    get style() {
      return styled();
    },
  };
  return { source, root, content, own, end };
}

function sourceFinder(parts: readonly YamlPart[]): (offset: number) => YamlSource {
  return (offset) => {
    const part = parts.find(({ end }) => offset < end) ?? parts.at(-1);
    if (part === undefined) throw new FlurryError("FLURRY_INTERNAL", "A YAML file has no document");
    return part.source;
  };
}

function styleOf(node: TreeNode, layout: YamlLayout): YamlStyle | undefined {
  const steps = { map: undefined as number | undefined, list: undefined as number | undefined };
  const visit = (at: TreeNode): void => {
    if (at.kind === "leaf") return;
    const outer = layout.columns.get(at);
    for (const item of at.items) {
      const value = item.kind === "entry" ? item.value : item;
      if (value.kind === "comment" || value.kind === "leaf") continue;
      const inner = layout.columns.get(value);
      if (at.kind === "map" && outer !== undefined && inner !== undefined) steps[value.kind] ??= inner - outer;
      visit(value);
    }
  };
  visit(node);
  if (steps.map === undefined && steps.list === undefined) return undefined;
  const step = steps.map ?? Math.max(2, steps.list ?? 0);
  return { step: Math.max(1, step), dash: steps.list ?? step };
}

function withNode(text: string, part: YamlPart | undefined, path: TreePath, node: TreeNode | undefined): string {
  if (part === undefined) throw new FlurryError("FLURRY_INTERNAL", "A YAML file has no document");
  if (path[0] === "sops") throw pathError(path, "the key is that of the metadata");
  const { own, root } = part;
  const changed = putNode(part.content, path, node);
  if (own === undefined) return applyEdits(text, rootEdits(part, changed));
  const at = root.items.indexOf(own);
  const isLast = root.items.slice(at + 1).every((item) => item.kind === "comment");
  const items = changed.items.toSpliced(isLast ? lastEntry(changed) + 1 : at, 0, own);
  return applyEdits(text, rootEdits(part, { kind: "map", items }));
}

function lastEntry(node: MapNode): number {
  return node.items.findLastIndex((item) => item.kind === "entry");
}

function rootEdits(part: YamlPart, next: MapNode): TextEdit[] {
  const edits = nodeEdits(part.source, part.root, next, part.end);
  if (edits !== undefined) return edits;
  const { layout } = part.source;
  const braces = layout.flows.get(part.root)?.start ?? part.end;
  const start = Math.min(braces, ...part.root.items.map((item) => layout.lines.get(item)?.start ?? part.end));
  return [{ start, end: part.end, text: printBlock(next, 0, part.source.style) }];
}

/** The lines of the metadata of a document. */
function ownText(text: string, part: YamlPart | undefined): string {
  if (part?.own === undefined) return "";
  const { layout } = part.source;
  const start = layout.lines.get(part.own)?.start ?? part.end;
  const starts = part.root.items.map((item) => layout.lines.get(item)?.start ?? -1);
  const next = Math.min(part.end, ...starts.filter((at) => at > start));
  return `${text.slice(start, next).trimEnd()}\n`;
}

function lineEnd(text: string, from: number): number {
  const newline = text.indexOf("\n", from);
  return newline === -1 ? text.length : newline + 1;
}

function appended(text: string, { end, root, source }: YamlPart, lines: string): TextEdit {
  // Of an empty document the braces go.
  const braces = source.layout.flows.get(root);
  if (braces !== undefined) return { start: braces.start, end: lineEnd(text, braces.end), text: lines };
  const needsNewline = end > 0 && text[end - 1] !== "\n";
  return { start: end, end, text: needsNewline ? `\n${lines}` : lines };
}

function metadataEdits(text: string, part: YamlPart, next: MapNode | undefined): TextEdit[] {
  const { own, root, source, end } = part;
  if (own === undefined) {
    if (next === undefined) return [];
    return [appended(text, part, printEntry("sops", next, 0, source.style))];
  }
  const entries: MapNode["items"] =
    next === undefined
      ? root.items.filter((item) => item !== own)
      : root.items.map((item) => (item === own ? { ...own, value: next } : item));
  if (next !== undefined || entries.some((item) => item.kind === "entry")) {
    return rootEdits(part, { kind: "map", items: entries });
  }
  // Without its metadata the document is empty.
  const start = source.layout.lines.get(own)?.start ?? end;
  return [{ start, end, text: "{}\n" }];
}
