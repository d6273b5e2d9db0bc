import { describe, expect, it } from "vitest";

import { lockFileText } from "./lock-file.ts";

const nixpkgs = {
  name: "nixpkgs",
  url: "github:NixOS/nixpkgs/nixos-24.11",
  source: { path: "/nix/store/00000000000000000000000000000000-source", narHash: "sha256-AAAA=" },
};
const sops = {
  name: "sops-nix",
  url: "github:Mic92/sops-nix",
  source: { path: "/nix/store/11111111111111111111111111111111-source", narHash: "sha256-BBBB=" },
  follows: { nixpkgs: "nixpkgs" },
};

describe("lockFileText", () => {
  it("keeps the original reference and locks a path, as Nix writes it", () => {
    expect(lockFileText([nixpkgs])).toBe(`{
  "nodes": {
    "nixpkgs": {
      "locked": {
        "narHash": "sha256-AAAA=",
        "path": "/nix/store/00000000000000000000000000000000-source",
        "type": "path"
      },
      "original": {
        "owner": "NixOS",
        "ref": "nixos-24.11",
        "repo": "nixpkgs",
        "type": "github"
      }
    },
    "root": {
      "inputs": {
        "nixpkgs": "nixpkgs"
      }
    }
  },
  "root": "root",
  "version": 7
}
`);
  });

  it("does not depend on the order of the inputs", () => {
    expect(lockFileText([sops, nixpkgs])).toBe(lockFileText([nixpkgs, sops]));
  });

  it("points what follows at the root's input, and leaves out a ref that is not given", () => {
    const { nodes } = JSON.parse(lockFileText([nixpkgs, sops]));
    expect(nodes["sops-nix"]).toEqual({
      inputs: { nixpkgs: ["nixpkgs"] },
      locked: { narHash: "sha256-BBBB=", path: sops.source.path, type: "path" },
      original: { owner: "Mic92", repo: "sops-nix", type: "github" },
    });
    expect(Object.keys(nodes)).toEqual(["nixpkgs", "root", "sops-nix"]);
  });

  it("leaves out lastModified, which old Nix would compare", () => {
    expect(lockFileText([nixpkgs, sops])).not.toContain("lastModified");
  });

  it.each(["nixpkgs", "github:NixOS", "git+https://example.org/x", "github:a/b?dir=c", "path:/x"])(
    "refuses %s",
    (url) => {
      expect(() => lockFileText([{ ...nixpkgs, url }])).toThrow(RangeError);
    },
  );
});
