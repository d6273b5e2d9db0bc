import { createDecipheriv, createHash } from "node:crypto";

import { FlurryError } from "@flurry/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { unlock, encrypt, textOf, sample } from "../../tests/support/sealed-file.ts";

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
