import { storePath } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { parseNixVersion } from "../process/capabilities.ts";
import { flakeExpression } from "./flake-expression.ts";
import type { LockedFlake } from "./locked-flake.ts";

const source = storePath("/nix/store/cslhjg1gy4a4iwn3kjnlf2489wi3xyfk-source");
const flake: LockedFlake = {
  original: ".",
  lockedRef: `path:${source}?narHash=sha256-x`,
  storePath: source,
  narHash: "sha256-x",
  dirty: false,
  warnings: [],
};

describe("flakeExpression", () => {
  it("leaves a flake at the top of its source to nix", () => {
    for (const text of ["nix (Nix) 2.8.0", "nix (Lix, like Nix) 2.91.1", "nix (Nix) 2.34.8"])
      expect(flakeExpression(flake, parseNixVersion(text))).toBe(`builtins.getFlake "${flake.lockedRef}"`);
  });

  it.each([
    ["nix (Nix) 2.8.0", false],
    ["nix (Nix) 2.25.5", false],
    ["nix (Nix) 2.26.3", true],
    ["nix (Determinate Nix 3.8.5) 2.30.2", true],
    ["nix (Lix, like Nix) 2.91.1", false],
    ["nix (Lix, like Nix) 2.94.0-dev-pre20250101-abcdef1", false],
  ])("leaves one below it to nix where references to paths take a directory: %s", (text, expected) => {
    const expression = flakeExpression({ ...flake, subdirectory: "nixos" }, parseNixVersion(text));
    expect(expression.startsWith("builtins.getFlake")).toBe(expected);
  });
});
