import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";

import { yamlTooDeepAt } from "./yaml-depth.ts";

const nested = (levels: number): unknown =>
  Array.from({ length: levels }).reduce((inner: unknown, _, level) => (level % 2 === 0 ? [inner] : { a: inner }), "x");

describe("yamlTooDeepAt", () => {
  it.each([
    ["brackets", (levels: number) => "[".repeat(levels)],
    ["braces", (levels: number) => "{a: ".repeat(levels)],
    ["brackets over many lines", (levels: number) => "[\n".repeat(levels)],
    ["dashes", (levels: number) => "- ".repeat(levels)],
    ["questions", (levels: number) => "? ".repeat(levels)],
    ["lines", (levels: number) => Array.from({ length: levels }, (_, at) => `${" ".repeat(at)}a:`).join("\n")],
    ["all of them", (levels: number) => stringify(nested(levels))],
    ["all of them in brackets", (levels: number) => stringify(nested(levels), { collectionStyle: "flow" })],
  ])("finds what is too deep: %s", (_, text) => {
    expect(yamlTooDeepAt(text(40))).toBeUndefined();
    expect(yamlTooDeepAt(text(300))).toBeGreaterThan(0);
  });

  it("takes what is only long for what it is", () => {
    expect(yamlTooDeepAt(`a: "${"[ - ? ".repeat(1000)}"\nb: [${"[], {}, ".repeat(1000)}]\n`)).toBeUndefined();
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 20 }), (value) => yamlTooDeepAt(stringify(value)) === undefined));
  });
});
