import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { FlakeOutline, LockedFlake } from "@flurry/nix";
import { describe, expect, it } from "vitest";

import { fakeNix, lockedFlake } from "../tests/support/fake-services.ts";
import { loadFleet } from "./load-fleet.ts";
import type { Services } from "./services.ts";

const fleetYaml = "hosts:\n  nas: { address: 10.0.20.10 }\n  compute: { address: 10.0.20.11 }\n";

interface Given {
  readonly files: Readonly<Record<string, string>>;
  readonly from?: string;
  readonly flake?: string;
  readonly outline?: Partial<FlakeOutline>;
  readonly locked?: (directory: string) => Partial<LockedFlake>;
}

async function load({ files, from = ".", flake, outline = {}, locked }: Given) {
  await using dir = await tempDir("flurry-load-fleet");
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(dir.path, name, ".."), { recursive: true });
    await writeFile(join(dir.path, name), text);
  }
  const calls: string[] = [];
  const warnings: string[] = [];
  const fake = fakeNix(outline) as Services;
  const loaded = await loadFleet({
    cwd: join(dir.path, from),
    flake,
    nix: { cwd: dir.path, env: {} },
    signal: new AbortController().signal,
    warn: (text) => void warnings.push(text),
    services: {
      ...fake,
      lockFlake: async (ref) => {
        calls.push(ref.replace(dir.path, "DIR"));
        return lockedFlake(ref, locked?.(dir.path));
      },
    },
  });
  const { fleet } = loaded;
  const names = fleet.hosts.map((host) => host.name);
  return {
    names,
    kind: fleet.source.kind,
    directory: loaded.directory.replace(dir.path, "DIR"),
    calls,
    warnings,
    loaded,
  };
}

describe("a fleet file whose systems are those of a hive", () => {
  const files = { "fleet.yaml": `configurations: colmenaHive.nodes\n${fleetYaml}`, "flake.nix": "" };
  const keys = { token: { source: "keyCommand", keyCommand: ["pass", "token"] } };

  it("has the keys that the hive says", async () => {
    const hive = { meta: {}, nodes: { nas: { keys }, compute: {} } };
    const { loaded, warnings } = await load({ files, outline: { hive } });
    expect(loaded.fleet.source.kind).toBe("fleet-file");
    expect(loaded.fleet.hosts.map(({ name, keys: has }) => [name, has?.map(({ path }) => path)])).toEqual([
      ["nas", ["/run/keys/token"]],
      ["compute", undefined],
    ]);
    expect(warnings).toEqual([]);
  });

  it("has them beside deploy.nodes too", async () => {
    const { loaded, warnings } = await load({ files, outline: { deploy: {}, hive: { nodes: { nas: { keys } } } } });
    expect(loaded.fleet.hosts[0]?.keys).toMatchObject([{ name: "token" }]);
    expect(warnings).toEqual([]);
  });

  it("is what a hive beside deploy.nodes needs to be followed, and a warning says so", async () => {
    const outline = { nixosConfigurations: ["nas"], deploy: { nodes: {} }, hasColmena: true };
    const { warnings } = await load({ files: { "flake.nix": "" }, outline });
    expect(warnings.join()).toContain(
      "deploy.nodes is followed, and the hive is not: neither its nodes nor their keys",
    );
  });
});

describe("loadFleet", () => {
  it("reads the fleet file and leaves the flake alone", async () => {
    expect(await load({ files: { "fleet.yaml": fleetYaml, "flake.nix": "" } })).toMatchObject({
      names: ["nas", "compute"],
      kind: "fleet-file",
      directory: "DIR",
      calls: [],
    });
  });

  it("finds the fleet above, and below --flake", async () => {
    const files = { "fleet/fleet.yaml": fleetYaml, "fleet/hosts/nas/default.nix": "" };
    expect(await load({ files, from: "fleet/hosts/nas" })).toMatchObject({ directory: "DIR/fleet" });
    expect(await load({ files, flake: "./fleet" })).toMatchObject({ directory: "DIR/fleet" });
  });

  it("locks the flake once, when it is wanted", async () => {
    const { loaded, calls } = await load({ files: { "fleet.yaml": fleetYaml, "flake.nix": "" } });
    await loaded.lock();
    await loaded.lock();
    expect(calls).toHaveLength(1);
  });

  it("says when the flake is missing", async () => {
    const { loaded } = await load({ files: { "fleet.yaml": fleetYaml } });
    await expect(loaded.lock()).rejects.toMatchObject({ code: "FLURRY_FLAKE_NOT_FOUND" });
  });

  it("reads deploy.nodes", async () => {
    const deploy = { nodes: { nas: { hostname: "10.0.20.10", profiles: { system: { user: "root" } } } } };
    const outline = { deploy, nixosConfigurations: ["nas"] };
    expect(await load({ files: { "flake.nix": "" }, outline })).toMatchObject({
      names: ["nas"],
      kind: "deploy-rs",
      calls: ["DIR"],
    });
  });

  it("reads nixosConfigurations alone", async () => {
    const outline = { nixosConfigurations: ["compute", "nas"] };
    expect(await load({ files: { "flake.nix": "" }, outline })).toMatchObject({
      names: ["compute", "nas"],
      kind: "nixos-configurations",
    });
  });

  it("reads remote flakes, and the fleet file of those that turn out to be local", async () => {
    const outline = { nixosConfigurations: ["nas"] };
    expect(await load({ files: {}, flake: "github:o/r", outline })).toMatchObject({
      names: ["nas"],
      calls: ["github:o/r"],
      directory: "DIR",
    });
    const files = { "here/fleet.yaml": fleetYaml, "here/flake.nix": "" };
    const locked = (directory: string) => ({ directory: join(directory, "here") });
    expect(await load({ files, flake: "git+file:///x?ref=main", locked })).toMatchObject({
      kind: "fleet-file",
      directory: "DIR/here",
    });
  });

  it("tells what the fleet file says wrong, and where", async () => {
    const files = { "fleet.yaml": "hosts:\n  nas: { adress: 10.0.20.10 }\n" };
    await expect(load({ files })).rejects.toMatchObject({
      code: "FLURRY_FLEET_INVALID",
      place: { file: "fleet.yaml", line: 2 },
      hint: expect.stringContaining("address") as string,
    });
  });

  it("hands on the remarks of Nix that say something new", async () => {
    const locked = () => ({ dirty: true, warnings: ["Git tree '/x' is dirty", "the input is slow"] });
    const outline = { nixosConfigurations: ["nas"] };
    const { warnings } = await load({ files: { "flake.nix": "" }, outline, locked });
    expect(warnings.filter((text) => !text.includes("nas"))).toEqual(["the input is slow"]);
  });

  it("reads a hive, and deploy.nodes before it", async () => {
    const hive = { nodes: { web: { targetHost: "10.0.0.5", tags: ["edge"] } } };
    expect(await load({ files: { "flake.nix": "" }, outline: { hive } })).toMatchObject({
      names: ["web"],
      kind: "colmena",
    });
    const deploy = { nodes: { nas: { hostname: "10.0.20.10", profiles: { system: { user: "root" } } } } };
    const outline = { hive, deploy, nixosConfigurations: ["nas"] };
    expect(await load({ files: { "flake.nix": "" }, outline })).toMatchObject({ names: ["nas"], kind: "deploy-rs" });
  });

  it("refuses a flake with nothing", async () => {
    await expect(load({ files: { "flake.nix": "" } })).rejects.toMatchObject({
      code: "FLURRY_FLEET_NOT_FOUND",
      hint: expect.stringContaining("fleet.yaml") as string,
    });
  });
});
