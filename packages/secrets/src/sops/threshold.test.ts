import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { describe, expect, it } from "vitest";

import { rotateSops } from "./change-recipients.ts";
import { changeValues } from "./change-values.ts";
import { parseSops, plaintextOf, unlockSops } from "./document.ts";
import { encryptSops } from "./encrypt-document.ts";
import { ageOpener, ageWrapper } from "./keys/age.ts";
import type { SopsFormat } from "./stores/store.ts";

const identities = await Promise.all([1, 2, 3].map(() => generateX25519Identity()));
const groups = await Promise.all(identities.map(async (one) => [ageWrapper(await identityToRecipient(one))]));
const now = new Date("2026-03-04T05:06:07Z");
const plain: Readonly<Record<SopsFormat, string>> = {
  yaml: "a: x\n",
  json: '{"a": "x"}',
  dotenv: "A=x\n",
  ini: "[s]\na = x\n",
  binary: "x",
};

const unlock = (bytes: Uint8Array, format: SopsFormat) =>
  unlockSops(parseSops(bytes, { format }), [ageOpener(identities)]);

describe("the threshold of key groups", () => {
  // Releases of SOPS up to 3.10 read no number in these two, and take all groups to be needed where none is stated.
  it.each([
    ["yaml", 3, true],
    ["json", 3, true],
    ["binary", 3, true],
    ["ini", 3, false],
    ["dotenv", 3, false],
    ["ini", 2, true],
    ["dotenv", 2, true],
  ] as const)("of %s, %d of 3, is stated: %s", async (format, threshold, stated) => {
    const bytes = await encryptSops(Buffer.from(plain[format]), { format, groups, threshold, now });
    const rotated = await rotateSops(await unlock(bytes, format), { groups, threshold, now });
    for (const made of [bytes, rotated]) {
      expect(Buffer.from(made).toString().includes("shamir_threshold")).toBe(stated);
      const few = unlockSops(parseSops(made, { format }), [ageOpener(identities.slice(0, threshold - 1))]);
      await expect(few).rejects.toMatchObject({ code: "FLURRY_SOPS_NO_KEY" });
    }
  });

  it("is read as releases up to 3.10 write it into INI, and written so that others read it", async () => {
    const bytes = await encryptSops(Buffer.from(plain.ini), { format: "ini", groups, threshold: 2, now });
    const theirs = Buffer.from(
      Buffer.from(bytes)
        .toString()
        .replace(/^(shamir_threshold\s*=).*$/m, "$1 2.000000"),
    );
    expect(theirs.toString()).toContain("= 2.000000");
    const two = await unlockSops(parseSops(theirs, { format: "ini" }), [ageOpener(identities.slice(1))]);
    expect(Buffer.from(plaintextOf(two)).toString()).toContain("a = x");
    const changed = changeValues(two, [{ kind: "set", path: ["s", "a"], value: "y" }], { now });
    expect(Buffer.from(changed).toString()).toMatch(/^shamir_threshold\s*= 2$/m);
  });
});
