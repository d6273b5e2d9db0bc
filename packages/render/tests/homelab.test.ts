import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { tempDir } from "@flurry/core";
import type { TempDir } from "@flurry/core";
import { editHost, fixtureDirectory, machineExec } from "@flurry/lab";
import { deployDefaults, readColmena, readDeployRs } from "@flurry/schema";
import type { Fleet, Profile } from "@flurry/schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { renderFleet } from "../src/index.ts";
import { evaluate, fileIn, hiveSystems, renderedHomelab, systems, writtenHomelab } from "./rendered-homelab.ts";

let place: TempDir;
beforeAll(async () => {
  place = await tempDir("flurry-render");
});
afterAll(async () => await place[Symbol.asyncDispose]());

/** Options that deploy-rs knows, each with another value than its default. */
const unusual = {
  ...deployDefaults,
  sshUser: "deploy",
  sshOptions: ["-o", "Compression=yes"],
  confirmTimeoutMs: 60_000,
  activationTimeoutMs: 300_000,
  substituteOnDestination: true,
  magicRollback: false,
  autoRollback: false,
  sudo: ["doas", "-u", "root"],
};

const tool = "inputs.nixpkgs.legacyPackages.x86_64-linux.vim";
const profileFiles = {
  "home/default.nix": `inputs: { "alice@compute".activationPackage = ${tool}; }\n`,
  "pkgs/default.nix": `inputs: { x86_64-linux.banner = inputs.deploy-rs.lib.x86_64-linux.activate.noop ${tool}; }\n`,
};
const profiles: readonly Profile[] = [
  {
    name: "banner",
    user: "root",
    attrPath: ["packages", "x86_64-linux", "banner"],
    phase: "before",
    autoRollback: true,
    magicRollback: false,
    activationTimeoutMs: 300_000,
  },
  {
    name: "home",
    user: "alice",
    attrPath: ["homeConfigurations", "alice@compute", "activationPackage"],
    phase: "after",
    profilePath: "/home/alice/home",
    autoRollback: false,
    magicRollback: true,
    activationTimeoutMs: 20_000,
  },
];

describe("the example fleet", () => {
  it("has the systems that its user's own flake has", async () => {
    const [written, rendered] = [join(place.path, "written"), join(place.path, "rendered")];
    await writtenHomelab(written);
    const { rendered: files } = await renderedHomelab(rendered);
    expect(files.files.map(({ path, status }) => [path, status])).toEqual([
      [".sops.yaml", "edited-by-hand"],
      ["flake.nix", "edited-by-hand"],
      ["secrets/hosts.nix", "new"],
    ]);
    expect(files.warnings).toEqual([]);
    const expected = await systems(written);
    expect(Object.keys(Object(expected))).toEqual(["compute", "gateway", "nas"]);
    expect(await systems(rendered)).toEqual(expected);
  });

  it("is rendered to the same bytes again", async () => {
    const directory = join(place.path, "rendered");
    const { fleet } = await renderedHomelab(directory);
    expect(renderFleet(fleet, { existing: fileIn(directory) }).files.map(({ status }) => status)).toEqual([
      "same",
      "same",
      "same",
    ]);
  });

  it("has nodes that deploy-rs reads as the fleet says it", async () => {
    const directory = join(place.path, "nodes");
    const change = (fleet: Fleet): Fleet => {
      for (const [file, text] of Object.entries(profileFiles)) {
        mkdirSync(join(directory, dirname(file)));
        writeFileSync(join(directory, file), text);
      }
      const other = { deploy: unusual, profiles };
      return {
        ...fleet,
        hosts: fleet.hosts.map((host) => (host.name === "compute" ? { ...host, ...other } : host)),
      };
    };
    const { fleet, rendered } = await renderedHomelab(directory, { change });
    expect(rendered.warnings).toEqual([]);
    const nodes = await evaluate(directory, "deploy.nodes");
    expect(nodes).toMatchObject({
      nas: {
        hostname: "10.0.20.10",
        profiles: {
          system: { user: "root", path: expect.stringMatching(/^\/nix\/store\/.*activatable-nixos-system/) },
        },
      },
    });
    const read = readDeployRs(await evaluate(directory, "deploy"), {
      nixosConfigurations: fleet.hosts.map(({ name }) => name),
    });
    expect(read.ok && read.warnings).toEqual([]);
    const described = (hosts: Fleet["hosts"]): unknown =>
      Object.fromEntries(hosts.map(({ name, addresses, attrPath, deploy }) => [name, { addresses, attrPath, deploy }]));
    expect(read.ok && described(read.value.hosts)).toEqual(described(fleet.hosts));
    const compute = read.ok ? read.value.hosts.find(({ name }) => name === "compute") : undefined;
    expect(compute?.profiles?.map((profile) => ({ ...profile, attrPath: [] }))).toEqual(
      profiles.map((profile) => ({ ...profile, attrPath: [] })),
    );
    expect(nodes).toMatchObject({ compute: { profiles: { home: { path: expect.stringContaining("activatable") } } } });
    expect(await evaluate(directory, "checks.x86_64-linux", "builtins.attrNames")).toEqual([
      "deploy-activate",
      "deploy-schema",
    ]);
  });

  it("has a hive with the same systems, which Colmena reaches as the fleet says it", async () => {
    const directory = join(place.path, "hive");
    // By its path: unlike the others it is not in the lock file, and is locked while Nix evaluates.
    const unstable = { name: "nixpkgs-unstable", url: `path:${fixtureDirectory("nixpkgs")}`, follows: {}, flake: true };
    const change = (fleet: Fleet): Fleet => ({
      ...fleet,
      inputs: [...fleet.inputs, unstable],
      hosts: fleet.hosts.map((host) => {
        if (host.name === "gateway") return { ...host, system: "aarch64-linux" };
        return host.name === "compute" ? { ...host, deploy: { ...unusual, sshPort: 2222 } } : host;
      }),
    });
    const { fleet } = await renderedHomelab(directory, { change });
    const probe = "{ unstable, inputs, ... }: { environment.systemPackages = [ unstable.hello ]; }";
    for (const host of ["compute", "gateway"])
      await editHost({ directory, host, nix: probe, exec: machineExec(process.env), commit: false });
    const names = fleet.hosts.map(({ name }) => name);
    expect(await hiveSystems(directory, names)).toEqual(await systems(directory));

    const deployments = `hive: builtins.mapAttrs (_: node: (builtins.elemAt node (builtins.length node - 1)).deployment)
      (removeAttrs hive [ "meta" "defaults" ])`;
    const read = readColmena({ nodes: await evaluate(directory, "colmena", deployments) });
    expect(read.ok && read.warnings).toEqual([]);
    const described = (hosts: Fleet["hosts"]): unknown =>
      Object.fromEntries(
        hosts.map(({ name, addresses, tags, deploy }) => {
          const { sshUser, sshPort, sshOptions, buildOn, sudo } = deploy;
          return [name, { addresses, tags, sshUser, sshPort, sshOptions, buildOn, sudo }];
        }),
      );
    expect(read.ok && described(read.value.hosts)).toEqual(described(fleet.hosts));
  });

  it("declares the secrets of each host", async () => {
    const directory = join(place.path, "declared");
    await renderedHomelab(directory, {
      secrets: [
        { file: "secrets/gateway.yaml", name: "wireguard/private-key" },
        { file: "secrets/fleet.yaml", name: "backup/password" },
      ],
    });
    const secrets = "builtins.mapAttrs (_: host: builtins.mapAttrs (_: secret: secret.key) host.config.sops.secrets)";
    expect(await evaluate(directory, "nixosConfigurations", secrets)).toEqual({
      nas: { "backup/password": "backup/password" },
      compute: { "backup/password": "backup/password" },
      gateway: { "backup/password": "backup/password", "wireguard/private-key": "wireguard/private-key" },
    });
  });

  it("gives modules the unstable packages where the fleet has that input", async () => {
    const directory = join(place.path, "unstable");
    // By its path: unlike the others it is not in the lock file, and is locked while Nix evaluates.
    const unstable = { name: "nixpkgs-unstable", url: `path:${fixtureDirectory("nixpkgs")}`, follows: {}, flake: true };
    await renderedHomelab(directory, { change: (fleet) => ({ ...fleet, inputs: [...fleet.inputs, unstable] }) });
    const probe = "{ unstable, inputs, ... }: { environment.etc.probe.text = unstable.busybox.name; }";
    await editHost({ directory, host: "nas", nix: probe, exec: machineExec(process.env), commit: false });
    const text = await evaluate(directory, "nixosConfigurations.nas.config.environment.etc.probe.text");
    expect(text).toMatch(/^busybox/);
  });
});
