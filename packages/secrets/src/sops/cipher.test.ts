import { describe, expect, it } from "vitest";

import { ivStash, openText, sealer } from "./cipher.ts";

const key = Buffer.alloc(32, "f");
/** From the tests of sops, aes/cipher_test.go. */
const sealed =
  "ENC[AES256_GCM,data:oYyi,iv:MyIDYbT718JRr11QtBkcj3Dwm4k1aCGZBVeZf0EyV8o=,tag:t5z2Z023Up0kxwCgw1gNxg==,type:str]";

describe("a value sealed by sops", () => {
  it("is opened with its key and path", () => {
    const bytes = Buffer.from("foo");
    expect(openText(sealed, key, "bar:")).toEqual({ kind: "value", scalar: { kind: "str", value: "foo" }, bytes });
  });

  it("is not opened with another path or key", () => {
    expect(openText(sealed, key, "baz:")).toBeUndefined();
    expect(openText(sealed, Buffer.alloc(32, "g"), "bar:")).toBeUndefined();
  });
});

it("the empty text is sealed as itself", () => {
  expect(sealer(key).value({ kind: "str", value: "" }, "a:")).toBe("");
  expect(openText("", key, "a:")).toEqual({ kind: "value", scalar: { kind: "str", value: "" } });
});

it("a value that was opened before is sealed to the same text, another one and another place to others", () => {
  const stash = ivStash();
  stash.add({ kind: "value", scalar: { kind: "str", value: "foo" } }, sealed, "bar:");
  const again = sealer(key, stash);
  expect(again.value({ kind: "str", value: "foo" }, "bar:")).toBe(sealed);
  expect(again.value({ kind: "str", value: "foo" }, "baz:")).not.toContain("MyIDYbT718");
  expect(again.value({ kind: "str", value: "fop" }, "bar:")).not.toContain("MyIDYbT718");
  expect(again.comment("foo", "bar:")).not.toContain("MyIDYbT718");
  expect(sealer(key).value({ kind: "str", value: "foo" }, "bar:")).not.toContain("MyIDYbT718");
});

it("what opens but is not of the type it claims is an error", () => {
  const text = sealer(key).value({ kind: "str", value: "x" }, "a:").replace("type:str", "type:int");
  expect(() => openText(text, key, "a:")).toThrow(expect.objectContaining({ code: "FLURRY_SOPS_VALUE_UNSUPPORTED" }));
});
