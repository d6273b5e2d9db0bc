import { execFileSync } from "node:child_process";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { shellCommand, shellQuote } from "./shell-quote.ts";

describe("shellQuote", () => {
  it("leaves plain words readable", () => {
    expect(shellCommand(["nix-env", "-p", "/nix/var/nix/profiles/system", "a b", "it's", ""])).toBe(
      String.raw`nix-env -p /nix/var/nix/profiles/system 'a b' 'it'\''s' ''`,
    );
  });

  it("refuses what no argument can hold", () => {
    expect(() => shellQuote("a\0b")).toThrow(RangeError);
  });

  it("gives a shell back exactly the words that went in", () => {
    const word = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
        const script = `printf '%s\\0' ${shellCommand(words)}`;
        const out = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" });
        expect(out.split("\0").slice(0, -1)).toEqual(words);
      }),
    );
  });
});
