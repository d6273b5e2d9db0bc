import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { groups, now, later, unlock, encrypt, rootOf, textOf } from "../../tests/support/sealed-file.ts";
import { rotateSops } from "./change-recipients.ts";
import { changeValues } from "./change-values.ts";
import { plaintextOf, valueAt } from "./document.ts";
import { encryptSops } from "./encrypt-document.ts";
import { fromPlain, toPlain } from "./plain-value.ts";
import type { PlainValue } from "./plain-value.ts";
import { replacePlaintext } from "./replace-plaintext.ts";

const scalar = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.constantFrom(
    "",
    " lead",
    "trail ",
    "a: b",
    "#c",
    "- x",
    "null",
    "123",
    "1e3",
    "0x1",
    "yes",
    "~",
    "2024-01-01",
    "12:30:45",
    "a\nb",
    "a\nb\n",
    "\n",
    "\n\n",
    "a\n\n",
    " a\nb",
    "tab\tx",
    "tab\n\tx",
    "trail \nx",
    "cr\r\nlf",
    "x\r",
    "é\u0085\u2028",
    "😀",
    "---",
    "...",
    "%a",
    "@a",
    "`a",
    "{a",
    "[a",
    "'",
    '"',
    "\\",
    "<<",
    "=",
    "!x",
    "&x",
    "*x",
    "|",
    ">",
    "?",
    "? x",
    ":",
    ":x",
    "x:",
    ",",
    "ENC[AES256_GCM,data:x]",
  ),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  // JSON's -0 is the whole number 0 when it is read, to sops as well.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((float) => float + 0),
  fc.constant(null),
);
const key = fc
  .oneof(
    fc.string({ unit: "grapheme", minLength: 0, maxLength: 10 }),
    fc.constantFrom("a", "b:c", "a.b", "x_unencrypted", "on", "1", "null", "a b", "__proto__", "#k", "?", "- x"),
  )
  .filter((name) => name !== "sops" && !/\p{Cc}/u.test(name));
const value = fc.letrec<{ node: PlainValue }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie("node"), { maxLength: 4 }),
    fc.dictionary(key, tie("node"), { maxKeys: 4 }),
  ),
})).node;
const tree = fc.dictionary(key, value, { maxKeys: 5 });

/** What a value is after a file has held it: whole floats of JSON and YAML are told apart, control characters stay. */
const normal = (from: PlainValue): PlainValue => toPlain(fromPlain(from));

describe("random trees", () => {
  it.each(["yaml", "json"] as const)(
    "%s: hold what was set, and keep it when rotated and edited",
    async (format) => {
      await fc.assert(
        fc.asyncProperty(tree, async (root) => {
          let unlocked = await encrypt("{}", format);
          const changes = Object.entries(root).map(([name, item]) => ({
            kind: "set" as const,
            path: [name],
            value: item,
          }));
          unlocked = await unlock(changeValues(unlocked, changes, { now }), format);
          expect(rootOf(unlocked)).toEqual(normal(root));
          expect(textOf(replacePlaintext(unlocked, plaintextOf(unlocked), { now: later }))).toBe(
            textOf(unlocked.file.bytes),
          );
          const rotated = await unlock(await rotateSops(unlocked, { groups, now: later }), format);
          expect(rootOf(rotated)).toEqual(normal(root));
          const plain = plaintextOf(rotated);
          const again = await unlock(await encryptSops(plain, { format, groups, now }), format);
          expect(textOf(plaintextOf(again))).toBe(textOf(plain));
          // JSON cannot tell a float that is whole from a whole number.
          const wanted = format === "yaml" ? normal(root) : rootOf(again);
          expect(rootOf(again)).toEqual(wanted);
        }),
      );
    },
    120_000,
  );

  it("dotenv and ini: hold texts", async () => {
    const name = fc
      .stringMatching(/^[A-Za-z][A-Za-z0-9_.]{0,8}$/)
      .filter((text) => !text.startsWith("sops") && text !== "DEFAULT");
    const text = fc.string({ unit: "grapheme", maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, text, { maxKeys: 5 }),
        fc.constantFrom("dotenv", "ini"),
        async (root, format) => {
          const inside = format === "ini" ? ["section"] : [];
          const changes = Object.entries(root).map(([one, item]) => ({
            kind: "set" as const,
            path: [...inside, one],
            value: item,
          }));
          const unlocked = await unlock(
            changeValues(await encrypt(format === "ini" ? "[section]\n" : "", format), changes, { now }),
            format,
          );
          expect(valueAt(unlocked, inside)).toBeDefined();
          expect(toPlain(valueAt(unlocked, inside) ?? { kind: "map", items: [] })).toEqual(root);
          const rotated = await unlock(await rotateSops(unlocked, { groups, now: later }), format);
          expect(rootOf(rotated)).toEqual(rootOf(unlocked));
          const removed = changes.slice(0, 1).map(({ path }) => ({ kind: "unset" as const, path }));
          const [first = ""] = Object.keys(root);
          const { [first]: _, ...rest } = root;
          const less = await unlock(changeValues(rotated, removed, { now }), format);
          expect(toPlain(valueAt(less, inside) ?? { kind: "map", items: [] })).toEqual(rest);
        },
      ),
    );
  }, 120_000);

  it("binary: any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const unlocked = await unlock(await encryptSops(bytes, { format: "binary", groups, now }), "binary");
        expect(Buffer.from(plaintextOf(unlocked))).toEqual(Buffer.from(bytes));
        const other = Buffer.concat([bytes, Buffer.from([0, 255])]);
        const changed = await unlock(replacePlaintext(unlocked, other, { now }), "binary");
        expect(Buffer.from(plaintextOf(changed))).toEqual(other);
      }),
    );
  }, 120_000);
});
