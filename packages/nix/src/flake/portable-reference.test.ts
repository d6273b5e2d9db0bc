import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { portableReference } from "./portable-reference.ts";

describe("portableReference", () => {
  it.each([
    [".", "."],
    ["./fleets/home", "./fleets/home"],
    ["path:.", "path:."],
    ["github:owner/repo", "github:owner/repo"],
    ["nixpkgs", "nixpkgs"],
    ["path:/a b/c?narHash=x", "path:/a%20b/c?narHash=x"],
    ["git+file:///a b?dir=c d", "git+file:///a%20b?dir=c%20d"],
    ["/nowhere at all", "/nowhere at all"],
  ])("makes of %s %s", (ref, expected) => {
    expect(portableReference(ref, "/")).toEqual({ ref: expected, cwd: "/" });
  });

  it("names a directory with a blank so that no URL has it, or has it encoded", async () => {
    await using temp = await tempDir("flurry-reference");
    const at = (path: string): string => join(temp.path, path);
    mkdirSync(at("my fleet/.git"), { recursive: true });
    mkdirSync(at("my fleet/at höme/deep"), { recursive: true });
    mkdirSync(at("no git"));
    writeFileSync(at("my fleet/flake.nix"), "");
    writeFileSync(at("my fleet/at höme/flake.nix"), "");
    const git = `git+file://${temp.path}/my%20fleet`;
    expect(portableReference(".", at("my fleet"))).toEqual({ ref: git, cwd: at("my fleet") });
    const inside = { ref: `${git}?dir=at%20h%C3%B6me`, cwd: temp.path };
    expect(portableReference("./my fleet/at höme", temp.path)).toEqual(inside);
    expect(portableReference(at("my fleet/at höme/deep"), temp.path)).toEqual(inside);
    writeFileSync(at("my fleet/.git/shallow"), "");
    expect(portableReference(at("my fleet"), temp.path).ref).toBe(`${git}?shallow=1`);
    expect(portableReference(at("no git"), temp.path)).toEqual({ ref: "path:.", cwd: at("no git") });
    expect(portableReference(`path:${at("my fleet")}`, temp.path)).toEqual({ ref: "path:.", cwd: at("my fleet") });
  });
});
