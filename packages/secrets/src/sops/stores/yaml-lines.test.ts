import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { encryptSops } from "../encrypt-document.ts";
import { ageWrapper } from "../keys/age.ts";
import { fromPlain } from "../plain-value.ts";
import type { PlainValue } from "../plain-value.ts";
import type { CommentNode, Entry, TreeNode } from "../tree.ts";
import type { YamlLayout } from "./yaml-layout.ts";
import { readYamlLines } from "./yaml-lines.ts";
import { parseYaml } from "./yaml-parse.ts";
import { printBlock } from "./yaml-print.ts";
import { readYamlTree } from "./yaml-read.ts";
import type { YamlTree } from "./yaml-read.ts";

const sealed =
  "ENC[AES256_GCM,data:Tr7o=,iv:1vIDHKLm1k1NJd1b8Sf4wZ2wY0Jx3C3Y5lq1tZ4oB9I=,tag:k3Fh2uW5yq2rVtqDg8yXCQ==,type:str]";

/** What the general parser makes of a text; undefined where it refuses it, or has more than one document. */
function general(text: string): YamlTree | undefined {
  try {
    const [source, ...more] = parseYaml(text, {});
    return source === undefined || more.length > 0 ? undefined : readYamlTree(text, source, { sealed: true });
  } catch {
    return undefined;
  }
}

/** A tree with all that is known of its places. */
function described({ root, layout, hasAliases }: YamlTree): unknown {
  return { root: nodeWithPlaces(root, layout), hasAliases };
}

function nodeWithPlaces(node: TreeNode | Entry | CommentNode, layout: YamlLayout): unknown {
  const lines = layout.lines.get(node);
  if (node.kind === "comment") return { ...node, lines };
  if (node.kind === "entry") return { key: node.key, lines, value: nodeWithPlaces(node.value, layout) };
  if (node.kind === "leaf") return { ...node, lines, place: layout.places.get(node), split: layout.split.get(node) };
  return {
    kind: node.kind,
    lines,
    column: layout.columns.get(node),
    flow: layout.flows.get(node),
    items: node.items.map((item) => nodeWithPlaces(item, layout)),
  };
}

/** Compares both ways of reading, where the fast one reads at all. */
function compare(text: string): "read" | "left" {
  const fast = readYamlLines(text);
  if (fast === undefined) return "left";
  const slow = general(text);
  expect(slow === undefined ? "refused" : described(slow)).toEqual(described(fast));
  return "read";
}

describe("what SOPS prints", () => {
  it.each([
    ["values", `a: ${sealed}\nb_c-d.e/f: plain text\nn: 12\nt: true\nz: null\nq: "2024-01-01"\ns: '#x'\n`],
    [
      "maps and lists",
      `a:\n    b:\n        - x\n        - ${sealed}\n    c:\n        - d: 1\n          e:\n            - 2\nf: ""\n`,
    ],
    ["narrow lists", "a:\n  - b: 1\n    c: |\n      x\n        y\n  - b: 2\nd: []\ne: {}\n"],
    ["comments", `# a\n#b\nc: 1\nd:\n    #${sealed}\n    e: 1\n# f\ng: |\n    x\n    # y\n# z\nh: 2\n`],
    ["blocks", "a: |\n    one\n      two\n    # three\nb: |-\n  x\n"],
  ])("is read by lines: %s", (_, text) => {
    expect(compare(text)).toBe("read");
  });

  it("is read by lines: an encrypted file", async () => {
    const key = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    const plain = Buffer.from("password: x\nnested:\n  list:\n    - 1\n    - b: two\n");
    const groups = [[ageWrapper(key), ageWrapper(key)]];
    const text = Buffer.from(await encryptSops(plain, { format: "yaml", groups, now: new Date() })).toString();
    expect(compare(text)).toBe("read");
  });
});

it.each([
  ["a comment", "a: 1 # b\n"],
  ["a comment that is not above a key", "a:\n    b: 1\n    # c\nd: 2\n"],
  ["a comment of a list", "a:\n    # b\n    - c\n"],
  ["a comment at the end", "a: 1\n# b\n"],
  ["a blank line", "a: 1\n\nb: 2\n"],
  ["a blank line in a block", "a: |\n  x\n\n  y\n"],
  ["a key twice", "a: 1\na: 2\n"],
  ["a key that is no text", "1: a\n"],
  ["a value that goes on", "a: one\n  two\n"],
  ["a list at the column of its key", "a:\n- b\n"],
  ["an anchor", "a: &b 1\n"],
  ["an alias", "a: *b\n"],
  ["a tag", "a: !!str 1\n"],
  ["an escape", 'a: "\\n"\n'],
  ["a nested key on one line", "a: b: c\n"],
  ["a document mark", "---\na: 1\n"],
  ["braces", "a: {b: 1}\n"],
  ["a sealed comment of a list", `a:\n  - ${sealed.replace("type:str", "type:comment")}\n`],
  ["a tab", "a:\t1\n"],
  ["an end without a line break", "a: 1"],
  ["nothing", ""],
  ["what is too far left", "a:\n    b: 1\n  c: 2\n"],
  ["what is too far right", "a: 1\n  b: 2\n"],
  ["what is beyond ASCII", "a: ä\n"],
])("is left to the general parser: %s", (_, text) => {
  expect(readYamlLines(text)).toBeUndefined();
});

it("whatever is read by lines is what the general parser reads", () => {
  const key = fc.oneof(
    { arbitrary: fc.stringMatching(/^[a-z][a-z0-9_.-]{0,4}$/), weight: 20 },
    { arbitrary: fc.constantFrom("null", "y", "1", "a b", "sops"), weight: 1 },
  );
  const scalar = fc.oneof(
    {
      arbitrary: fc.constantFrom<PlainValue>(sealed, "a\nb\n", "a\n b", "x y", 12, true, null, 1.5, "#", [], {}),
      weight: 20,
    },
    { arbitrary: fc.constantFrom<PlainValue>("- a", "a: b", "|", "\n", " a\nb"), weight: 1 },
    { arbitrary: fc.string({ maxLength: 6 }), weight: 1 },
  );
  const { tree } = fc.letrec<{ tree: PlainValue; map: PlainValue; list: PlainValue }>((tie) => ({
    map: fc.dictionary(key, tie("tree"), { maxKeys: 4, noNullPrototype: true }),
    list: fc.array(tie("tree"), { maxLength: 3 }),
    tree: fc.oneof({ depthSize: "small", withCrossShrink: true }, scalar, tie("map"), tie("list")),
  }));
  const style = fc.constantFrom({ step: 4, dash: 4 }, { step: 2, dash: 2 }, { step: 2, dash: 0 }, { step: 3, dash: 1 });
  const piece = fc.constantFrom(" ", "  ", "\n", ":", ": ", "- ", "-", "#", " #", "|", "|\n", "[]", '"', "'", "a", ",");
  const changes = fc.array(fc.record({ at: fc.nat(400), remove: fc.nat(4), piece }), { maxLength: 3 });
  const comments = fc.array(fc.record({ line: fc.nat(12), indent: fc.option(fc.nat(6)) }), { maxLength: 2 });
  const withComment = (text: string, { line, indent }: { line: number; indent: number | null }): string => {
    const lines = text.split("\n");
    const at = line % lines.length;
    const own = /^ */.exec(lines[at] ?? "")?.[0] ?? "";
    return lines.toSpliced(at, 0, `${indent === null ? own : " ".repeat(indent)}# c`).join("\n");
  };
  const seen = { read: 0, left: 0 };
  fc.assert(
    fc.property(
      fc.dictionary(key, tree, { minKeys: 1, maxKeys: 5, noNullPrototype: true }),
      style,
      comments,
      changes,
      (value, how, notes, all) => {
        const printed = printBlock(fromPlain(value), 0, how);
        seen[compare(printed)] += 1;
        let text = notes.reduce(withComment, printed);
        seen[compare(text)] += 1;
        for (const { at, remove, piece: put } of all) {
          const start = at % (text.length + 1);
          text = text.slice(0, start) + put + text.slice(start + remove);
          seen[compare(text)] += 1;
        }
      },
    ),
    { numRuns: 1000 },
  );
  // Otherwise nothing was compared.
  expect(seen.read).toBeGreaterThan(100);
});
