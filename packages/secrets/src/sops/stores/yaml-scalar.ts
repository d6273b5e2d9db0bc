import type { CST, Scalar as YamlScalar } from "yaml";

import { stringScalar } from "../scalar-bytes.ts";
import { leaf } from "../tree.ts";
import type { Leaf, Scalar } from "../tree.ts";
import type { YamlLayout } from "./yaml-layout.ts";
import { resolvePlain } from "./yaml-resolve.ts";

const corePrefix = "tag:yaml.org,2002:";
const resolvable: ReadonlySet<string> = new Set(["bool", "int", "float", "null", "timestamp"]);

/** The value of a scalar as the YAML library of SOPS has it. */
export function scalarOf(node: YamlScalar, fail: (what: string) => never): Scalar {
  // The tag merge makes the parser's value a symbol; to SOPS it is a key like any other.
  const value = typeof node.value === "string" ? node.value : (node.source ?? "<<");
  const tag = node.tag?.startsWith(corePrefix) === true ? node.tag.slice(corePrefix.length) : (node.tag ?? "");
  if (tag === "" || tag === "!") {
    const isText = node.type !== "PLAIN" && node.type !== undefined;
    return isText ? { kind: "str", value } : checked(resolvePlain(value), fail);
  }
  if (tag === "binary") return binary(value, fail);
  // A tag of the user's own is dropped and its value is a text.
  return resolvable.has(tag) ? tagged(tag, value, fail) : { kind: "str", value };
}

function binary(value: string, fail: (what: string) => never): Scalar {
  const digits = value.replaceAll(/\s/g, "");
  const bytes = Buffer.from(digits, "base64");
  return bytes.toString("base64") === digits ? stringScalar(bytes) : fail("a binary value is not base64");
}

function tagged(tag: string, value: string, fail: (what: string) => never): Scalar {
  const scalar = checked(resolvePlain(value), fail);
  if (tag === "float" && scalar.kind === "int") return { kind: "float", value: Number(scalar.value) };
  const kind = tag === "timestamp" ? "time" : tag;
  return scalar.kind === kind ? scalar : fail(`a value is not of the type ${tag} that it claims`);
}

function checked(value: ReturnType<typeof resolvePlain>, fail: (what: string) => never): Scalar {
  return typeof value === "symbol" ? fail("a whole number does not fit 64 bits: put it in quotes") : value;
}

/** What is needed to find the place of a scalar. */
export interface LeafSource {
  readonly text: string;
  readonly layout: YamlLayout;
  /** What stands before the scalar: the colon or dash, tags, anchors. */
  readonly props: readonly CST.SourceToken[];
  /** The column of its key or dash. */
  readonly column: number;
  readonly inFlow: boolean;
}

/** A leaf with its place: tags and anchors are part of it, so that they go when it is encrypted. */
export function placedLeaf(
  node: YamlScalar,
  value: Scalar,
  token: CST.Token | null | undefined,
  source: LeafSource,
): Leaf {
  const { layout, column, inFlow } = source;
  if (token === undefined || token === null || !node.range) {
    // A scalar of nothing has no token, an aliased one none that is its own.
    return value.kind === "null" ? emptyLeaf(source) : leaf(value);
  }
  const start = firstProp(source.props)?.offset ?? node.range[0];
  const found = leaf(value, { start, end: node.range[1] });
  const isSplit = token.type === "block-scalar" && noteSplit(found, token, source);
  layout.places.set(found, { column, oneLine: inFlow || isSplit });
  return found;
}

/** A value of nothing; it stands behind its colon or dash. */
export function emptyLeaf({ layout, props, column, inFlow }: LeafSource): Leaf {
  const mark = markOf(props);
  const at = mark === undefined ? undefined : mark.offset + mark.source.length;
  const node = leaf({ kind: "null" }, at === undefined ? undefined : { start: at, end: at });
  layout.places.set(node, { column, oneLine: inFlow });
  return node;
}

function markOf(props: readonly CST.SourceToken[]): CST.SourceToken | undefined {
  return props.findLast((token) => token.type === "map-value-ind" || token.type === "seq-item-ind");
}

function firstProp(props: readonly CST.SourceToken[]): CST.SourceToken | undefined {
  const mark = markOf(props)?.offset ?? -1;
  return props.find((token) => token.offset > mark && (token.type === "tag" || token.type === "anchor"));
}

/** The header and the content of a block with a comment between them are two places. */
function noteSplit(found: Leaf, token: CST.BlockScalar, { text, layout }: LeafSource): boolean {
  const header = token.props.find((prop) => prop.type === "block-scalar-header");
  const hasComment = token.props.some((prop) => prop.type === "comment");
  if (!hasComment || header === undefined || !("source" in header) || found.span === undefined) return false;
  layout.split.set(found, [
    { start: found.span.start, end: header.offset + header.source.length },
    { start: text.indexOf("\n", header.offset) + 1, end: found.span.end },
  ]);
  return true;
}
