import { describe, expect, it } from "vitest";

import { wire, wireList } from "./wire.ts";

describe("how Nix writes values", () => {
  it.each([
    ["a number", wire(0x390c9deb), "eb9d0c3900000000"],
    ["yes", wire(true), "0100000000000000"],
    ["no text", wire(""), "0000000000000000"],
    ["a text", wire("nar"), "03000000000000006e61720000000000"],
    ["a text that fills its words", wire("12345678"), "08000000000000003132333435363738"],
    ["bytes", wire(Buffer.from([255])), "0100000000000000ff00000000000000"],
    ["no list", wireList([]), "0000000000000000"],
    ["a list", wireList(["a"]), "010000000000000001000000000000006100000000000000"],
  ])("%s", (_, bytes, hex) => {
    expect(bytes.toString("hex")).toBe(hex);
  });

  it("writes what is larger than 32 bits", () => {
    expect(wire(2 ** 40 + 1).readBigUInt64LE()).toBe(2n ** 40n + 1n);
  });
});
