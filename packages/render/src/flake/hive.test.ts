import { describe, expect, it } from "vitest";

import { small, fleetOf, complete, render } from "../../tests/support/render.ts";
import { renderFleet } from "../render-fleet.ts";

describe("the hive for Colmena", () => {
  const hiveOf = (input: unknown): string => {
    const { "flake.nix": flake = "" } = render(input, { existing: () => undefined });
    return flake.slice(flake.indexOf("      colmena = {"));
  };

  it("has the hosts' own modules, and says how each is reached", () => {
    const deploy = {
      sshUser: "me",
      port: 2222,
      jump: "gate",
      buildOn: "target",
      sudo: "doas -u root",
      sshOptions: ["-4"],
    };
    const hosts = { nas: { address: "10.0.20.10" }, pi: { system: "aarch64-linux", tags: ["edge", "web"], deploy } };
    const fleet = { ...small, hosts: { ...hosts, gateway: { deploy: { sshUser: "root" } } } };
    expect(hiveOf(fleet)).toBe(`      colmena = {
        meta = {
          nixpkgs = import nixpkgs { system = "x86_64-linux"; };
          specialArgs = {
            inherit inputs;
          };
          nodeNixpkgs = {
            pi = import nixpkgs { system = "aarch64-linux"; };
          };
        };
        # What nixosSystem says of nixpkgs, and Colmena does not.
        defaults =
          { lib, options, ... }:
          {
            nixpkgs = lib.optionalAttrs (options.nixpkgs ? flake) { flake.source = nixpkgs.outPath; };
            system.nixos = {
              versionSuffix = lib.mkDefault nixpkgs.lib.trivial.versionSuffix;
              revision = lib.mkDefault nixpkgs.rev or null;
            };
          };
        nas = mkNode hosts.nas {
          targetHost = "10.0.20.10";
          targetUser = null;
        };
        pi = mkNode hosts.pi {
          targetHost = "pi";
          targetPort = 2222;
          targetUser = "me";
          tags = [
            "edge"
            "web"
          ];
          buildOnTarget = true;
          privilegeEscalationCommand = [
            "doas"
            "-u"
            "root"
          ];
          sshOptions = [
            "-J"
            "gate"
            "-4"
          ];
        };
        gateway = mkNode hosts.gateway {
          targetHost = "gateway";
        };
      };
    };
}
`);
  });

  it("is prepared by Colmena's own flake where that is an input", () => {
    const inputs = {
      tool: "github:zhaofengli/colmena/main",
      "nixpkgs-unstable": "github:NixOS/nixpkgs/nixos-unstable",
    };
    const hosts = { nas: {}, pi: { system: "aarch64-linux" } };
    const hive = hiveOf({ ...small, inputs, hosts: { ...hosts, web: { configuration: "nas" }, compute: {} } });
    expect(hive).toContain("      colmenaHive = inputs.tool.lib.makeHive self.colmena;\n");
    expect(hive).toContain(
      '          nodeSpecialArgs = {\n            pi = specialArgs "aarch64-linux";\n          };\n',
    );
    expect(hive).toContain("web = mkNode hosts.nas {");
    expect(hiveOf(small)).not.toContain("colmenaHive");
  });

  it("leaves out what Colmena has no room for, and says so", () => {
    const input = { ...small, hosts: { meta: {}, nas: { deploy: { user: "admin" } } } };
    expect(hiveOf(input)).toContain('        nas = mkNode hosts.nas {\n          targetHost = "nas";');
    expect(hiveOf(input)).not.toMatch(/hosts\.meta|privilegeEscalationCommand/);
    expect(
      renderFleet(fleetOf(input), { existing: complete }).warnings.map(({ code, path }) => [code, path.join(".")]),
    ).toEqual([
      ["not-in-colmena", "hosts.meta"],
      ["not-in-colmena", "hosts.nas.deploy.user"],
    ]);
  });
});
