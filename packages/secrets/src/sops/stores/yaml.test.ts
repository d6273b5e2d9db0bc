import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { fromPlain, toPlain } from "../plain-value.ts";
import type { Scalar } from "../tree.ts";
import { applyEdits } from "./store.ts";
import { printBlock, printScalar, sopsStyle } from "./yaml-print.ts";
import { resolvePlain } from "./yaml-resolve.ts";
import { yamlStore } from "./yaml.ts";

const read = (text: string) => yamlStore.readPlain(Buffer.from(text), {});
const rootOf = (text: string): unknown => toPlain(read(text).documents[0] ?? { kind: "map", items: [] });

describe("plain scalars are resolved as SOPS does", () => {
  const int = (value: bigint): Scalar => ({ kind: "int", value });
  const float = (value: number): Scalar => ({ kind: "float", value });
  const str = (value: string): Scalar => ({ kind: "str", value });
  const time = (value: string): Scalar => ({ kind: "time", value });
  it.each<[string, Scalar]>([
    ["", { kind: "null" }],
    ["~", { kind: "null" }],
    ["Null", { kind: "null" }],
    ["nULL", str("nULL")],
    ["TRUE", { kind: "bool", value: true }],
    ["yes", str("yes")],
    ["on", str("on")],
    ["0755", int(493n)],
    ["0o17", int(15n)],
    ["0O17", int(15n)],
    ["-0o17", int(-15n)],
    ["0xFf", int(255n)],
    ["-0x1", int(-1n)],
    ["0b101", int(5n)],
    ["1_000", int(1000n)],
    ["+12", int(12n)],
    ["08", float(8)],
    ["9223372036854775807", int(9223372036854775807n)],
    ["-9223372036854775808", int(-9223372036854775808n)],
    ["-9223372036854775809", float(-(2 ** 63))],
    ["18446744073709551616", float(2 ** 64)],
    ["1e21", float(1e21)],
    ["-0.0", float(-0)],
    [".5", float(0.5)],
    ["5.", float(5)],
    ["1e400", str("1e400")],
    [".inf", float(Infinity)],
    ["-.Inf", float(-Infinity)],
    [".nan", float(NaN)],
    ["NaN", str("NaN")],
    ["12:30:45", str("12:30:45")],
    ["2024-1-2", time("2024-01-02T00:00:00Z")],
    ["2024-01-02T03:04:05Z", time("2024-01-02T03:04:05Z")],
    ["2001-12-14t21:59:43.10-05:00", time("2001-12-14T21:59:43.1-05:00")],
    ["2001-12-14 21:59:43.10", time("2001-12-14T21:59:43.1Z")],
    ["2024-13-01", str("2024-13-01")],
    ["2024-02-30", str("2024-02-30")],
    ["1.2.3", str("1.2.3")],
    ["0x", str("0x")],
    ["_1", str("_1")],
    ["-", str("-")],
  ])("%j", (text, value) => {
    expect(resolvePlain(text)).toEqual(value);
  });

  it("a whole number between 63 and 64 bits is none that SOPS can hold", () => {
    expect(typeof resolvePlain("9223372036854775808")).toBe("symbol");
    expect(typeof resolvePlain("18446744073709551615")).toBe("symbol");
  });
});

describe("printed text", () => {
  const tricky = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 20 }),
    fc
      .array(
        fc.constantFrom(
          " ",
          "\n",
          "\t",
          "\r",
          "#",
          ":",
          "-",
          "'",
          '"',
          "a",
          "1",
          "|",
          ">",
          "{",
          "]",
          ",",
          "\\",
          "😀",
          "\u0085",
          "\u2028",
          "\u0007",
        ),
        { maxLength: 12 },
      )
      .map((parts) => parts.join("")),
  );

  it("is read back the same, by us and by the parser alone", () => {
    fc.assert(
      fc.property(tricky, fc.boolean(), fc.constantFrom(1, 2, 4), (value, oneLine, step) => {
        const style = { step, dash: step };
        const text = `k: ${printScalar({ kind: "str", value }, { column: 0, style, oneLine })}\nz: 1\n`;
        expect(rootOf(text)).toEqual({ k: value, z: 1 });
        expect(parse(text)).toEqual({ k: value, z: 1 });
        const list = `l:\n    - a: ${printScalar({ kind: "str", value }, { column: 6, style, oneLine })}\n      b: 2\n`;
        expect(rootOf(list)).toEqual({ l: [{ a: value, b: 2 }] });
      }),
    );
  });

  it("as a key is read back the same", () => {
    fc.assert(
      fc.property(
        tricky.filter((name) => !/\p{Cc}/u.test(name)),
        (name) => {
          expect(rootOf(printBlock(fromPlain({ [name]: { x: 1 } }), 0, sopsStyle))).toEqual({ [name]: { x: 1 } });
        },
      ),
    );
  });
});

describe("changes of the text", () => {
  const text = `# top
a: 1 # in
b:
  c: # behind c
    - x
    # between
    - yy: 1
      z: 2
  d: {e: 1, f: [2]}

# before last
last: |
  text
`;
  const change = (path: readonly (string | number)[], value: unknown): string =>
    read(text).withNode(path, value === undefined ? undefined : fromPlain(value as string));

  it.each<[string, readonly (string | number)[], unknown, string, string]>([
    ["a value", ["a"], "new", "a: 1 #", "a: new #"],
    ["a text of several lines", ["a"], "n\nm", "a: 1 #", 'a: "n\\nm" #'],
    ["a block", ["last"], "one", "|\n  text\n", "one\n"],
    ["an item", ["b", "c", 0], "new", "- x", "- new"],
    ["an item added", ["b", "c", 2], "new", "      z: 2\n", "      z: 2\n    - new\n"],
    ["an item removed", ["b", "c", 0], undefined, "    - x\n", ""],
    ["a map added", ["b", "new"], { m: 1 }, "f: [2]}\n", "f: [2]}\n  new:\n    m: 1\n"],
    ["a key added in a list", ["b", "c", 1, "w"], 3, "      z: 2\n", "      z: 2\n      w: 3\n"],
    ["the first key of an item removed", ["b", "c", 1, "yy"], undefined, "- yy: 1\n      z: 2\n", "- z: 2\n"],
    ["between braces", ["b", "d", "e"], "x", "{e: 1,", "{e: x,"],
    ["a new key between braces", ["b", "d", "g"], 1, "f: [2]}", "f: [2], g: 1}"],
    ["a map removed", ["b", "d"], undefined, "  d: {e: 1, f: [2]}\n\n", ""],
    ["a value by a map", ["a"], { q: 1 }, "a: 1 # in\n", "# in\na:\n  q: 1\n"],
    ["a map by a value", ["b", "d"], 5, "d: {e: 1, f: [2]}\n", "d: 5\n"],
    ["a new last key", ["z"], 1, "  text\n", "  text\nz: 1\n"],
  ])("%s", (...[, path, value, from, to]) => {
    expect(text).toContain(from);
    expect(change(path, value)).toBe(text.replace(from, to));
  });

  it("the only key of a map removed leaves an empty map", () => {
    expect(rootOf(read("a:\n  b: 1\nc: 2\n").withNode(["a", "b"], undefined))).toEqual({ a: {}, c: 2 });
    expect(rootOf(read("a: 1\n").withNode(["a"], undefined))).toEqual({});
  });

  it("random changes give the tree that they should", () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 8 }),
      fc.integer(),
      fc.constantFrom<unknown>({ m: { n: ["x", "a\nb\n"] } }, ["p", ["q"], { r: "s" }], [], {}),
    );
    const paths: readonly (readonly (string | number)[])[] = [
      ["a"],
      ["b"],
      ["b", "c"],
      ["b", "c", 0],
      ["b", "c", 1],
      ["b", "c", 1, "yy"],
      ["b", "d"],
      ["b", "d", "f"],
      ["b", "new"],
      ["last"],
      ["z"],
      ["b", "c", 2],
    ];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...paths), fc.option(value)), { maxLength: 5 }), (changes) => {
        let now = text;
        let expected = rootOf(text);
        for (const [path, to] of changes) {
          const copy: unknown = JSON.parse(JSON.stringify(expected));
          if (!put(copy, path, to)) continue;
          now = read(now).withNode(path, to === null ? undefined : fromPlain(to as string));
          expect(rootOf(now)).toEqual(copy);
          expected = copy;
        }
      }),
    );
  }, 120_000);
});

/** The same change of plain values; false where there is no such place. */
function put(root: unknown, path: readonly (string | number)[], value: unknown): boolean {
  let at = root;
  for (const step of path.slice(0, -1)) {
    if (!isRecord(at) || !Object.hasOwn(at, step)) return false;
    at = at[step];
  }
  const last = path.at(-1) ?? "";
  if (Array.isArray(at)) return typeof last === "number" && putItem(at, last, value);
  if (!isRecord(at) || typeof last === "number") return false;
  if (value === null) return Object.hasOwn(at, last) && Reflect.deleteProperty(at, last);
  at[last] = value;
  return true;
}

function isRecord(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}

function putItem(items: unknown[], index: number, value: unknown): boolean {
  if (index > items.length || (value === null && index === items.length)) return false;
  if (value === null) items.splice(index, 1);
  else items[index] = value;
  return true;
}

it("aliases are written out, each copy by itself", () => {
  const parsed = read("a: &x {k: 1}\nb: *x\nc:\n  <<: *x\n  d: 2\n");
  expect(parsed.warnings.map(({ code }) => code)).toEqual(["aliases-expanded"]);
  expect(toPlain(parsed.documents[0] ?? { kind: "map", items: [] })).toEqual({
    a: { k: 1 },
    b: { k: 1 },
    c: { "<<": { k: 1 }, d: 2 },
  });
  expect(parsed.text).not.toMatch(/[&*]x/);
});

it("texts stay as they are where nothing changes", () => {
  for (const text of [
    "a: 1",
    "a: 1\n...\n",
    "---\na: 1\n---\nb: 2\n...\n---\nc: 3\n",
    "%YAML 1.2\n---\na: 1\n",
    "\uFEFFa: 1\n",
    "a:   1   # c\n\n\n",
  ]) {
    const parsed = read(text);
    expect(applyEdits(parsed.text, [])).toBe(text);
    const adopted = applyEdits(parsed.text, parsed.adoptMetadata("sops:\n    mac: x\n"));
    const sealed = yamlStore.read(Buffer.from(adopted), {});
    expect(sealed.metadata).toBeDefined();
    expect(sealed.documents.map(toPlain)).toEqual(parsed.documents.map(toPlain));
    expect(applyEdits(sealed.text, sealed.metadataEdits(undefined)).replace(/\n$/, "")).toBe(text.replace(/\n$/, ""));
  }
});
