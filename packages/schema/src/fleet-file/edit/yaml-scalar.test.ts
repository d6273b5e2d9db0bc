import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseFleetYaml } from "../read-yaml.ts";
import { yamlScalar } from "./yaml-scalar.ts";

function description(yaml: string): string | undefined {
  const read = parseFleetYaml(yaml, { file: "fleet.yaml" });
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  return read.value.description;
}

describe("a text in YAML", () => {
  it.each([
    ["github:NixOS/nixpkgs/nixos-24.11", "github:NixOS/nixpkgs/nixos-24.11"],
    ["10.0.20.10", "10.0.20.10"],
    ["fe80::1", '"fe80::1"'],
    ["yes", '"yes"'],
    ["90s", "90s"],
    ["1e3", '"1e3"'],
    ["12", '"12"'],
    ["", '""'],
    ["a # b", '"a # b"'],
  ])("%j is %s", (text, written) => expect(yamlScalar(text)).toBe(written));

  it("is the same text when it is read, in a flow mapping too", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...Array.from("a1:. #-_/?=&,[]{}'\"\n~")) })),
        (text) => {
          expect(description(`{ description: ${yamlScalar(text)}, hosts: { a: } }`)).toBe(text);
          expect(description(`description: ${yamlScalar(text)}\nhosts: { a: }\n`)).toBe(text);
        },
      ),
    );
  });
});
