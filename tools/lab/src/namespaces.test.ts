import { describe, expect, it } from "vitest";

import { chooseIdMapping, mappedFromZero, parseIdRange } from "./namespaces.ts";
import type { IdMapping, IdMappingFacts } from "./namespaces.ts";

const root: IdMappingFacts = {
  uid: 0,
  userNamespaces: true,
  mappedIds: 65_536,
  newuidmap: true,
  subuid: undefined,
  subgid: undefined,
};
const range = { start: 100_000, count: 65_536 };
const user: IdMappingFacts = { ...root, uid: 1000, subuid: range, subgid: range };

describe("chooseIdMapping", () => {
  it.each<[string, IdMappingFacts, IdMapping]>([
    ["root", root, { kind: "identity", count: 65_536 }],
    ["root of a container with few ids", { ...root, mappedIds: 500 }, { kind: "none" }],
    ["root without user namespaces", { ...root, userNamespaces: false }, { kind: "none" }],
    ["a user with a range", user, { kind: "subuid", uidStart: 100_000, gidStart: 100_000, count: 65_535 }],
    ["a user without newuidmap", { ...user, newuidmap: false }, { kind: "single" }],
    ["a user with a range for users only", { ...user, subgid: undefined }, { kind: "single" }],
    ["a user with a small range", { ...user, subuid: { start: 1, count: 100 } }, { kind: "single" }],
  ])("for %s", (_, facts, expected) => {
    expect(chooseIdMapping(facts)).toEqual(expected);
  });

  it("tells a user without user namespaces what to do", () => {
    expect(() => chooseIdMapping({ ...user, userNamespaces: false })).toThrow(
      expect.objectContaining({ code: "LAB_UNAVAILABLE", hint: expect.stringContaining("sysctl") }),
    );
  });
});

describe("parseIdRange", () => {
  const text = "other:1:2\nme:100000:65536\n1000:7:8\n";
  it("finds a user by name or number", () => {
    expect(parseIdRange(text, "me", 5)).toEqual({ start: 100_000, count: 65_536 });
    expect(parseIdRange(text, "someone", 1000)).toEqual({ start: 7, count: 8 });
    expect(parseIdRange(text, "nobody", 65_534)).toBeUndefined();
  });
});

describe("mappedFromZero", () => {
  it.each([
    ["         0          0 4294967295\n", 65_536],
    ["         0       1000          1\n         1     100000      65536\n", 1],
    ["1000 0 1\n", 0],
    ["", 0],
  ])("%j covers %d", (text, count) => {
    expect(mappedFromZero(text)).toBe(count);
  });
});
