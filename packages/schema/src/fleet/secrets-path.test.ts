import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { secretsPathRegex } from "./secrets-path.ts";

describe("secretsPathRegex", () => {
  it("matches the file and nothing that only contains its name", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (text, more) => {
        const path = text.replaceAll("*", "");
        const regex = new RegExp(secretsPathRegex(path), "s");
        expect(regex.test(path)).toBe(true);
        expect(regex.test(path + more)).toBe(false);
        expect(regex.test(more + path)).toBe(false);
      }),
    );
  });

  it.each([
    ["secrets/*.yaml", "secrets/a.yaml", true],
    ["secrets/*.yaml", "secrets/a/b.yaml", false],
    ["secrets/**.yaml", "secrets/a/b.yaml", true],
    ["secrets/*.yaml", "x/secrets/a.yaml", false],
    ["secrets/a.yaml", "secrets/abyaml", false],
  ])("%s and %s", (path, file, matches) => expect(new RegExp(secretsPathRegex(path)).test(file)).toBe(matches));
});
