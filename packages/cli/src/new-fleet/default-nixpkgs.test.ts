import { describe, expect, it } from "vitest";

import { releaseOf, stableRelease } from "./default-nixpkgs.ts";

describe("the stable release of NixOS", () => {
  it.each([
    ["2025-01-01", "24.11"],
    ["2025-06-30", "24.11"],
    ["2025-07-01", "25.05"],
    ["2025-12-31", "25.05"],
    ["2030-02-01", "29.11"],
  ])("on %s is %s", (date, version) =>
    expect(stableRelease(new Date(date))).toEqual({ version, nixpkgs: `github:NixOS/nixpkgs/nixos-${version}` }),
  );

  it.each([
    ["github:NixOS/nixpkgs/nixos-24.11", "24.11"],
    ["github:NixOS/nixpkgs/nixos-24.11-small", "24.11"],
    ["git+https://example.org/nixpkgs?ref=release-25.05", "25.05"],
    ["github:NixOS/nixpkgs/nixos-unstable", undefined],
    ["path:/nixpkgs", undefined],
  ])("%s is %s", (ref, version) => expect(releaseOf(ref)).toBe(version));
});
