import { describe, expect, it } from "vitest";

import { small, fleetOf, complete, render } from "../../tests/support/render.ts";
import { renderFleet } from "../render-fleet.ts";

describe("the flake", () => {
  it("has the fleet's inputs, and those that it needs", () => {
    const { "flake.nix": flake } = render({
      ...small,
      inputs: {
        home: { url: "github:nix-community/home-manager", follows: { nixpkgs: "nixpkgs", "a/b": "nixpkgs", c: "" } },
        data: { url: "path:./data", flake: false },
      },
    });
    expect(flake).toContain(`  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-24.11";
    home = {
      url = "github:nix-community/home-manager";
      inputs.nixpkgs.follows = "nixpkgs";
      inputs.a.inputs.b.follows = "nixpkgs";
      inputs.c.follows = "";
    };
    data = {
      url = "path:./data";
      flake = false;
    };
    deploy-rs = {
      url = "github:serokell/deploy-rs";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };`);
  });

  it("has the profiles beside the systems, and what makes their packages", () => {
    const profiles = {
      banner: { user: "root", output: "packages.x86_64-linux.banner", beforeSystem: true, autoRollback: false },
      home: { user: "alice", home: "alice@nas", activationTimeout: "2m" },
    };
    const input = { ...small, hosts: { nas: { address: "10.0.20.10", profiles } } };
    const { "flake.nix": flake } = render(input);
    expect(flake).toContain(`      homeConfigurations = import ./home inputs;
      packages = import ./pkgs inputs;`);
    expect(flake).toContain(`            profilesOrder = [
              "banner"
              "system"
              "home"
            ];
            profiles.banner = {
              user = "root";
              autoRollback = false;
              path = self.packages.x86_64-linux.banner;
            };
            profiles.home = {
              user = "alice";
              activationTimeout = 120;
              path = inputs.deploy-rs.lib.x86_64-linux.activate.home-manager self.homeConfigurations."alice@nas";
            };`);
    const warnings = renderFleet(fleetOf(input), { existing: complete }).warnings.map(({ path, message }) =>
      [path.join("."), message].join(": "),
    );
    expect(warnings).toEqual([
      "hosts.nas.profiles: they need home/default.nix, a function of the flake's inputs, which is not there",
      "hosts.nas.profiles: they need pkgs/default.nix, a function of the flake's inputs, which is not there",
    ]);
  });

  it("takes a fork under another name, and nixpkgs from the inputs", () => {
    const { "flake.nix": flake } = render({
      ...small,
      nixpkgs: undefined,
      inputs: { deployer: "git+https://example.org/me/deploy-rs.git?ref=main", nixpkgs: "github:me/nixpkgs" },
    });
    expect(flake).toContain(`  inputs = {
    nixpkgs.url = "github:me/nixpkgs";
    deployer.url = "git+https://example.org/me/deploy-rs.git?ref=main";
  };`);
    expect(flake).toContain("path = inputs.deployer.lib.x86_64-linux.activate.nixos self.nixosConfigurations.nas;");
  });

  it("gives modules the unstable packages and the overlay where there are any", () => {
    const inputs = { "nixpkgs-unstable": "github:NixOS/nixpkgs/nixos-unstable" };
    const { "flake.nix": flake } = render({ ...small, inputs });
    expect(flake).toContain("unstable = inputs.nixpkgs-unstable.legacyPackages.${system};");
    expect(flake).toContain("sharedModules = [ { nixpkgs.overlays = [ self.overlays.default ]; } ];");
    expect(flake).toContain("modules = modules ++ sharedModules;");
    expect(flake).toContain('specialArgs = specialArgs "x86_64-linux";');
    const { "flake.nix": plain } = render(small, { existing: () => undefined });
    expect(plain).not.toMatch(/unstable|overlays|sharedModules/);
    expect(plain).toContain("inherit system modules;");
  });

  it("has one configuration for hosts that share it", () => {
    const { "flake.nix": flake = "" } = render({
      ...small,
      hosts: { a: { configuration: "web" }, "b.c": { configuration: "web" } },
    });
    expect(flake.match(/\.\/hosts\/web/g)).toHaveLength(1);
    expect(flake.match(/self\.nixosConfigurations\.web;/g)).toHaveLength(2);
    expect(flake).toContain('"b.c" = {');
  });

  it("tells deploy-rs what Flurry tells ssh", () => {
    const deploy = {
      port: 2222,
      identityFile: "~/.ssh/lab",
      jump: "me@gate:22",
      hostKeyPolicy: "strict",
      sshOptions: ["-4"],
    };
    const { "flake.nix": flake } = render({ ...small, hosts: { nas: { deploy } } });
    expect(flake?.replaceAll(/\s+/g, " ")).toContain(
      'sshOpts = [ "-p" "2222" "-o" "StrictHostKeyChecking=yes" "-i" "~/.ssh/lab" "-J" "me@gate:22" "-4" ];',
    );
  });
});
