import { FlurryError } from "@flurry/core";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseSealed } from "./cipher.ts";
import { parseSops, unlockSops } from "./document.ts";
import { encryptSops } from "./encrypt-document.ts";
import { ageOpener, ageWrapper } from "./keys/age.ts";
import { fromPlain } from "./plain-value.ts";
import { sopsFormats } from "./stores/store.ts";
import type { SopsFormat } from "./stores/store.ts";

const identity = await generateX25519Identity();
const groups = [[ageWrapper(await identityToRecipient(identity))]];
const now = new Date("2026-03-04T05:06:07Z");
const tail =
  'sops:\n    lastmodified: "2026-01-01T00:00:00Z"\n    mac: x\n    version: "3"\n    age:\n        - recipient: age1\n          enc: x\n';

/** The code of the error; a test fails for anything that is not foreseen. */
function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (FlurryError.is(error)) return error.code;
    throw error;
  }
  return "none";
}

function codeOfError(error: unknown): string {
  if (FlurryError.is(error)) return error.code;
  throw error;
}

function messageOf(run: () => unknown): string {
  try {
    run();
    return "none";
  } catch (error) {
    return String(error);
  }
}

const yaml = (text: string | Uint8Array): string =>
  codeOf(() => parseSops(typeof text === "string" ? Buffer.from(text) : text, { format: "yaml" }));

describe("hostile YAML", () => {
  const bomb = ["a: &a [x,x,x,x,x,x,x,x,x,x]"];
  for (let level = 1; level < 12; level++) {
    const [name, below] = ["abcdefghijkl"[level], "abcdefghijkl"[level - 1]];
    bomb.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${below}`).join(",")}]`);
  }
  const deepKeys = Array.from({ length: 2000 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join("");
  it.each([
    ["an alias bomb", `${bomb.join("\n")}\n${tail}`, "FLURRY_SOPS_LIMIT"],
    ["an alias of what it is in", `a: &a\n  b: *a\n${tail}`, "FLURRY_SOPS_LIMIT"],
    ["brackets without end", "[".repeat(2_000_000), "FLURRY_SOPS_LIMIT"],
    ["braces without end", "a: ".concat("{a: ".repeat(500_000)), "FLURRY_SOPS_LIMIT"],
    ["dashes without end", "- ".repeat(1_000_000), "FLURRY_SOPS_LIMIT"],
    ["explicit keys without end", "? ".repeat(500_000), "FLURRY_SOPS_LIMIT"],
    ["deep maps", deepKeys, "FLURRY_SOPS_LIMIT"],
    ["a key twice", `a: 1\na: 2\n${tail}`, "FLURRY_SOPS_SYNTAX"],
    ["a key twice in the second document", `${tail}---\na: 1\na: 2\n`, "FLURRY_SOPS_SYNTAX"],
    ["metadata twice", `a: 1\n${tail}${tail}`, "FLURRY_SOPS_SYNTAX"],
    ["metadata that is a list", "a: 1\nsops: [1]\n", "FLURRY_SOPS_SYNTAX"],
    ["metadata that is nothing", "a: 1\nsops: {}\n", "FLURRY_SOPS_METADATA_INVALID"],
    ["a number as key", `1: a\n${tail}`, "FLURRY_SOPS_SYNTAX"],
    ["a map as key", `{a: 1}: a\n${tail}`, "FLURRY_SOPS_SYNTAX"],
    ["a whole number beyond 64 bits", `a: 9223372036854775808\n${tail}`, "FLURRY_SOPS_SYNTAX"],
    ["a list at the top", "- a\n", "FLURRY_SOPS_SYNTAX"],
    ["a text at the top", "just text", "FLURRY_SOPS_SYNTAX"],
    ["nothing", "", "FLURRY_SOPS_SYNTAX"],
    ["NUL", `a: "x\0y"\n${tail}`, "FLURRY_SOPS_SYNTAX"],
    ["an anchor that is not there", `a: *nowhere\n${tail}`, "FLURRY_SOPS_SYNTAX"],
    ["tabs as indentation", `a:\n\tb: 1\n${tail}`, "FLURRY_SOPS_SYNTAX"],
    ["no metadata", "a: 1\n", "FLURRY_SOPS_NOT_ENCRYPTED"],
    ["two selectors", `a: 1\n${tail}    encrypted_regex: a\n    encrypted_suffix: b\n`, "FLURRY_SOPS_METADATA_INVALID"],
    ["an expression that is none", `a: 1\n${tail}    encrypted_regex: "("\n`, "FLURRY_SOPS_METADATA_INVALID"],
    ["an expression of another dialect", `a: 1\n${tail}    encrypted_regex: "(?=a)"\n`, "FLURRY_SOPS_METADATA_INVALID"],
    ["a threshold that is a text", `a: 1\n${tail}    shamir_threshold: many\n`, "FLURRY_SOPS_METADATA_INVALID"],
    ["a time that is none", `a: 1\n${tail.replace("2026-01-01", "2026-13-41")}`, "FLURRY_SOPS_METADATA_INVALID"],
  ])(
    "%s is refused at once",
    (_, text, code) => {
      const start = process.cpuUsage();
      expect(yaml(text)).toBe(code);
      expect(process.cpuUsage(start).user).toBeLessThan(10_000_000);
    },
    60_000,
  );

  it("what is not UTF-8 is refused", () => {
    expect(yaml(Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe]))).toBe("FLURRY_SOPS_SYNTAX");
  });

  it("errors do not repeat what stands in the file", () => {
    const texts = [
      'a: "hunter2',
      "a: hunter2: b: c",
      "a: [hunter2",
      "hunter2\n",
      "a: |\nhunter2",
      "a: 'hunter2' hunter2",
    ];
    const messages = texts.map((text) => messageOf(() => parseSops(Buffer.from(text), { format: "yaml" })));
    for (const message of messages) expect(message).toMatch(/^FlurryError: (?!.*hunter2)/);
  });
});

describe("hostile files of other formats", () => {
  it.each<[string, SopsFormat, string, string]>([
    ["brackets", "json", `{"a":${"[".repeat(1_000_000)}`, "FLURRY_SOPS_LIMIT"],
    ["a number too large", "json", '{"a":1e400}', "FLURRY_SOPS_SYNTAX"],
    ["text behind the end", "json", '{"a":1} x', "FLURRY_SOPS_SYNTAX"],
    ["a raw newline in a text", "json", '{"a":"\n"}', "FLURRY_SOPS_SYNTAX"],
    ["NUL", "json", '{"a":"\0"}', "FLURRY_SOPS_SYNTAX"],
    ["metadata twice", "json", '{"sops":{},"sops":{}}', "FLURRY_SOPS_SYNTAX"],
    ["a list", "json", "[]", "FLURRY_SOPS_SYNTAX"],
    ["no data", "binary", '{"sops":{}}', "FLURRY_SOPS_SYNTAX"],
    ["a line without equals sign", "dotenv", "A=1\n  \n", "FLURRY_SOPS_SYNTAX"],
    ["NUL", "dotenv", "A=1\0\n", "FLURRY_SOPS_SYNTAX"],
    ["a list with a gap", "dotenv", "sops_age__list_1000000000__map_enc=x\n", "FLURRY_SOPS_METADATA_INVALID"],
    ["a list that starts at one", "dotenv", "sops_age__list_1__map_enc=x\n", "FLURRY_SOPS_METADATA_INVALID"],
    ["a field that is two things", "dotenv", "sops_age=1\nsops_age__list_0=x\n", "FLURRY_SOPS_METADATA_INVALID"],
    ["deep fields", "dotenv", `sops_a${"__map_a".repeat(100_000)}=x\n`, "FLURRY_SOPS_METADATA_INVALID"],
    ["a section that is not closed", "ini", "[a\n", "FLURRY_SOPS_SYNTAX"],
    ["a key twice", "ini", "[a]\nk=1\nk=2\n", "FLURRY_SOPS_SYNTAX"],
    ["a value cut off by a comment", "ini", "[a]\npassword=abc;def\n", "FLURRY_SOPS_SYNTAX"],
    ["a quote that is not closed", "ini", '[a]\nk="""x\n', "FLURRY_SOPS_SYNTAX"],
    ["metadata twice", "ini", "[sops]\nmac=1\n[sops]\nmac=2\n", "FLURRY_SOPS_SYNTAX"],
  ])("%s in %s is refused", (_, format, text, code) => {
    const start = process.cpuUsage();
    expect(codeOf(() => parseSops(Buffer.from(text), { format }))).toBe(code);
    expect(process.cpuUsage(start).user).toBeLessThan(10_000_000);
  });

  it("a file beyond the limit is refused before it is read", () => {
    for (const format of sopsFormats) {
      expect(codeOf(() => parseSops(Buffer.alloc(1025), { format, maxBytes: 1024 }))).toBe("FLURRY_SOPS_LIMIT");
    }
  });
});

describe("any bytes", () => {
  it.each(sopsFormats)(
    "%s: are a file or a typed error",
    (format) => {
      fc.assert(
        fc.property(
          fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: "binary", maxLength: 200 })),
          (input) => {
            const code = codeOf(() => parseSops(Buffer.from(input as string), { format }));
            expect(code).toMatch(/^(?:none|FLURRY_SOPS_.*)$/);
          },
        ),
      );
    },
    120_000,
  );

  it.each(sopsFormats)(
    "%s: a valid file with changes anywhere is a file or a typed error",
    async (format) => {
      const plain = {
        yaml: "a: 1\nb:\n    - x # c\n",
        json: '{"a":[1,"x"]}',
        dotenv: "A=1\n#c\n",
        ini: "[a]\n; c\nk = v\n",
        binary: "x",
      }[format];
      const good = Buffer.from(await encryptSops(Buffer.from(plain), { format, groups, now }));
      const openers = [ageOpener([identity])];
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
          async (changes) => {
            const bytes = Buffer.from(good);
            for (const [at, value] of changes) bytes[at] = value;
            const outcome = await Promise.resolve()
              .then(() => unlockSops(parseSops(bytes, { format }), openers))
              .then(() => "none", codeOfError);
            expect(outcome).toMatch(/^(?:none|FLURRY_SOPS_.*)$/);
          },
        ),
      );
    },
    120_000,
  );
});

describe("parts of a sealed value", () => {
  const good =
    "ENC[AES256_GCM,data:oYyi,iv:MyIDYbT718JRr11QtBkcj3Dwm4k1aCGZBVeZf0EyV8o=,tag:t5z2Z023Up0kxwCgw1gNxg==,type:str]";

  it.each([
    ["text behind it", `${good} x`],
    ["text before it", ` ${good}`],
    ["a blank in it", good.replace("oYyi", "oY yi")],
    ["data of no whole bytes", good.replace("oYyi", "oYyix")],
    ["a short tag", good.replace("t5z2Z023Up0kxwCgw1gNxg==", "t5z2Zw==")],
    ["an empty vector", good.replace(/iv:[^,]*/, "iv:")],
    ["a huge vector", good.replace(/iv:[^,]*/, `iv:${"AAAA".repeat(100_000)}`)],
    ["no type", good.replace("type:str", "type:")],
  ])("%s makes it none", (_, text) => {
    expect(parseSealed(text)).toBeUndefined();
  });
});

it("values that no file can hold are refused", () => {
  const cycle: { [key: string]: unknown } = {};
  cycle["self"] = cycle;
  for (const value of [undefined, () => 1, Symbol("x"), 2n ** 63n, "\ud800", cycle]) {
    expect(codeOf(() => fromPlain(value as string))).toBe("FLURRY_SOPS_VALUE_UNSUPPORTED");
  }
});
