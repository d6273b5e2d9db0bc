import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { toPlain } from "../plain-value.ts";
import { quoteIniKey, quoteIniValue, readIni } from "./ini-text.ts";
import { iniStore } from "./ini.ts";

const rootOf = (text: string): unknown =>
  toPlain(iniStore.readPlain(Buffer.from(text), {}).documents[0] ?? { kind: "map", items: [] });

it.each([
  ["k = v\n", { DEFAULT: { k: "v" } }],
  ["[s]\nk : v\n", { s: { k: "v" } }],
  ["[s]\nk = \"v\"\nl = 'w'\n", { s: { k: "v", l: "w" } }],
  ["[s]\nk = `a;b#c`\n", { s: { k: "a;b#c" } }],
  ['[s]\nk = """a\nb"""\n', { s: { k: "a\nb" } }],
  ["[s]\nk = a \\\n  b\n", { s: { k: "a b" } }],
  ["[s]\nk = a ; comment\n", { s: { k: "a" } }],
  ["[s]\nk =\n", { s: { k: "" } }],
  ["[s]\n`k=1` = v\n", { s: { "k=1": "v" } }],
  ["[s]\n- = v\n- = w\n", { s: { "#1": "v", "#2": "w" } }],
  ["[s]\nk = %(x)s\n", { s: { k: "%(x)s" } }],
  ["[s]\r\nk = v\r\n", { s: { k: "v" } }],
  ['[s]\nk = "a" b"\n', { s: { k: '"a" b"' } }],
])("%j", (text, value) => {
  expect(rootOf(text)).toEqual(value);
});

it("comments belong to what they stand above, several lines together", () => {
  const { sections } = readIni("; top\n[s]\n; one\n# two\nk = v ; three\n[t]\n", {});
  expect(sections[1]?.comment?.text).toBe("top");
  expect(sections[1]?.keys[0]?.comments.map(({ text }) => text)).toEqual(["one\n# two", "three"]);
});

describe("quotes", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 20 }),
    fc
      .array(fc.constantFrom(" ", "\n", "\t", "#", ";", "=", ":", "'", '"', "`", "a", "\\", "[", "]"), {
        maxLength: 10,
      })
      .map((parts) => parts.join("")),
  );

  it("are found for a value, or it is said that there are none", () => {
    fc.assert(
      fc.property(
        text.filter((value) => !value.includes("\0")),
        (value) => {
          const quoted = quoteIniValue(value);
          const read = quoted === undefined ? undefined : rootOf(`[s]\nk = ${quoted}\nz = 1\n`);
          const canBe = quoted !== undefined || !/[`"'\\\s]/.test(value);
          expect(read).toEqual(canBe ? { s: { k: value, z: "1" } } : undefined);
        },
      ),
    );
  });

  it("are found for a key, or it is said that there are none", () => {
    fc.assert(
      fc.property(text, (name) => {
        const quoted = quoteIniKey(name);
        const read = quoted === undefined ? { s: { [name]: "v" } } : rootOf(`[s]\n${quoted} = v\n`);
        expect(read).toEqual({ s: { [name]: "v" } });
      }),
    );
  });
});
