import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { findPeers } from "./peers.ts";

/** A PATH of one directory with programs that say a version each. */
async function pathWith(directory: string, programs: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(directory, { recursive: true });
  for (const [name, version] of Object.entries(programs)) {
    await writeFile(join(directory, name), `#!/bin/sh\necho "${version}"\n`);
    await chmod(join(directory, name), 0o755);
  }
  return directory;
}

describe("findPeers", () => {
  it("finds what is on PATH, with its version and the whole way to it", async () => {
    await using dir = await tempDir("flurry-peers");
    const path = await pathWith(join(dir.path, "bin"), { deploy: "deploy-rs 1.0", colmena: "Colmena 0.4.0" });
    const peers = await findPeers(`/nowhere:${path}`);
    expect(peers.map(({ name, title }) => [name, title])).toEqual([
      ["deploy-rs", "deploy-rs 1.0"],
      ["colmena", "Colmena 0.4.0"],
    ]);
    const some = { directory: "/fleet", hosts: ["a", "b"], fleetSize: 3 };
    const [deployRs, colmena] = peers.map(({ command }) => command(some));
    expect(deployRs).toEqual(expect.arrayContaining([join(path, "deploy"), "/fleet#a", "/fleet#b"]));
    expect(colmena).toEqual([join(path, "colmena"), "apply", "-f", "/fleet/flake.nix", "--on", "a,b"]);
  });

  it.each([
    ["another program of that name", { deploy: "my deploy script", colmena: "" }],
    ["nothing", {}],
  ])("takes %s for neither", async (_, programs) => {
    await using dir = await tempDir("flurry-peers");
    expect(await findPeers(await pathWith(dir.path, programs))).toEqual([]);
    expect(await findPeers(undefined)).toEqual([]);
  });

  it("gives each the repository that it needs, and says when there is no place for it", async () => {
    await using dir = await tempDir("flurry-peers");
    const path = await pathWith(dir.path, { deploy: "deploy-rs 1.0", activate: "", colmena: "Colmena 0.4.0" });
    const file = join(dir.path, "flake.nix");
    const flake = "deploy.nodes = { path = deploy-rs.lib.${system}.activate.nixos self.x; };\n";
    for (const peer of await findPeers(path)) {
      await writeFile(file, flake);
      await peer.adapt?.(dir.path);
      const adapted = await readFile(file, "utf8");
      expect(adapted).toContain(peer.name === "colmena" ? '__schema = "v0.5"' : "exec ${activate}");
      expect(adapted).toContain("deploy.nodes = { path = ");
      await writeFile(file, "{ }");
      await expect(peer.adapt?.(dir.path)).rejects.toThrow("flake has no");
    }
  });
});
