import { describe, expect, it } from "vitest";

import { deployDefaults } from "../fleet/deploy-options.ts";
import { renderIssue } from "../render-issue.ts";
import { readNixosConfigurations } from "./nixos-configurations.ts";

describe("readNixosConfigurations", () => {
  it("reaches each configuration by its name and leaves out what cannot be a host, saying so", () => {
    const read = readNixosConfigurations(["nas", "my host"], { file: "flake.nix" });
    if (!read.ok) throw new Error("not read");
    expect(read.value.hosts).toEqual([
      {
        name: "nas",
        addresses: ["nas"],
        tags: [],
        attrPath: ["nixosConfigurations", "nas"],
        modules: [],
        hostKeys: [],
        deploy: deployDefaults,
        health: [],
      },
    ]);
    expect(read.warnings.map(renderIssue)).toEqual([
      'flake.nix nixosConfigurations."my host": warning: the configuration is left out: "my host" is not a host name (describe the host in fleet.yaml with a name of its own and configuration:)',
    ]);
  });
});
