import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { generatedFile, inspectGeneratedFile } from "./generated-file.ts";

describe("generated files", () => {
  it("are known again with any content, also with the line ends of Windows", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "#", " ", "\n", "\r", "\u2028", "é", "{") }), (body) => {
        const unix = body.replaceAll("\r", "");
        const file = generatedFile(unix, { source: "fleet.yaml" });
        expect(inspectGeneratedFile(file)).toBe("generated");
        expect(inspectGeneratedFile(file.replaceAll("\n", "\r\n"))).toBe("generated");
      }),
    );
  });

  it("are edited after any change", () => {
    const file = generatedFile("{\n  a = 1;\n}\n", { source: "fleet.yaml" });
    expect(inspectGeneratedFile(file.replace("1", "2"))).toBe("edited");
    fc.assert(
      fc.property(fc.nat({ max: file.length }), fc.nat({ max: 3 }), fc.string({ minLength: 1 }), (at, less, more) => {
        const changed = file.slice(0, at) + more + file.slice(at + less);
        // The name of the source is for people.
        const sameBelow = changed.split("\n").slice(1).join("\n") === file.split("\n").slice(1).join("\n");
        return sameBelow || inspectGeneratedFile(changed) !== "generated";
      }),
    );
  });

  it("are foreign without the head", () => {
    expect(inspectGeneratedFile("{ }\n")).toBe("foreign");
    expect(inspectGeneratedFile("")).toBe("foreign");
  });
});
