import { describe, expect, it } from "vitest";

import { directoryInputs, flakeMetadata, sourceDirectory } from "./metadata.ts";

function metadata(resolved: object, nodes: object = {}): ReturnType<typeof flakeMetadata.parse> {
  return flakeMetadata.parse({ locked: resolved, resolved, locks: { nodes } });
}

describe("sourceDirectory", () => {
  it.each([
    [{ type: "git", url: "file:///home/alice/my%20fleet" }, "/home/alice/my fleet"],
    [{ type: "git", url: "file:///home/alice/fleet?dir=sub", dir: "sub" }, "/home/alice/fleet"],
    [{ type: "path", path: "/home/alice/fleet" }, "/home/alice/fleet"],
    [{ type: "path", path: "./fleet" }, "/home/alice/fleet"],
    [{ type: "git", url: "ssh://git@example.org/fleet" }, undefined],
    [{ type: "github" }, undefined],
  ])("of %j is %s", (resolved, directory) => {
    expect(sourceDirectory(metadata(resolved), "/home/alice")).toBe(directory);
  });
});

describe("directoryInputs", () => {
  it("names inputs that are directories of this machine", () => {
    const nodes = {
      root: {},
      nixpkgs: { locked: { type: "github" } },
      mine: { locked: { type: "path", path: "/home/alice/nixpkgs" } },
      inside: { locked: { type: "path", path: "./modules" } },
      stored: { locked: { type: "path", path: "/nix/store/mwfz3hvqjlnpzbdgj1k3bwljmqijyzv9-source" } },
    };
    expect(directoryInputs(metadata({ type: "path" }, nodes))).toEqual(["mine"]);
  });
});
