import { FlurryError } from "@flurry/core";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { describe, expect, it } from "vitest";

import {
  identity,
  wrapper,
  opener,
  groups,
  now,
  later,
  unlock,
  encrypt,
  rootOf,
  textOf,
  sample,
} from "../../tests/support/sealed-file.ts";
import { rotateSops, updateRecipients } from "./change-recipients.ts";
import { changeValues } from "./change-values.ts";
import { openDataKey } from "./data-key.ts";
import { parseSops, plaintextOf } from "./document.ts";
import { encryptSops } from "./encrypt-document.ts";
import { ageOpener, ageWrapper } from "./keys/age.ts";
import { replacePlaintext } from "./replace-plaintext.ts";

const others = await Promise.all(
  [1, 2, 3].map(async () => ageWrapper(await identityToRecipient(await generateX25519Identity()))),
);

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
