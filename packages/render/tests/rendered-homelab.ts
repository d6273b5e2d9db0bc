import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { runProcess, tempDir } from "@flurry/core";
import { machineExec, prepareFleet } from "@flurry/lab";
import { NixPool, lockFlake } from "@flurry/nix";
import { readFleetFile } from "@flurry/schema";
import type { Fleet } from "@flurry/schema";

import { renderFleet } from "../src/index.ts";
import type { RenderedFleet, RenderFleetOptions } from "../src/index.ts";

const exec = machineExec(process.env);

/** The example fleet in a directory: as its user wrote it. */
export async function writtenHomelab(directory: string): Promise<Fleet> {
  await prepareFleet({ directory, exec });
  const fleet = await readFleetFile(join(directory, "fleet.yaml"));
  if (!fleet.ok) throw new Error("the example's fleet.yaml has mistakes");
  return fleet.value;
}

/** A file of a directory, for `existing`. */
export function fileIn(directory: string): RenderFleetOptions["existing"] {
  return (path) => {
    try {
      return readFileSync(join(directory, path), "utf8");
    } catch {
      return undefined;
    }
  };
}

/** The example fleet in a directory, with what Flurry renders in place of what its user wrote. */
export async function renderedHomelab(
  directory: string,
  options: Partial<RenderFleetOptions> & { readonly change?: (fleet: Fleet) => Fleet } = {},
): Promise<{ readonly fleet: Fleet; readonly rendered: RenderedFleet }> {
  const { change = (fleet: Fleet): Fleet => fleet, ...rest } = options;
  const fleet = change(await writtenHomelab(directory));
  const rendered = renderFleet(fleet, { existing: fileIn(directory), ...rest });
  await rm(join(directory, "flake.nix"));
  for (const { path, content } of rendered.files) await writeFile(join(directory, path), content);
  await git(directory, ["add", "--all"]);
  return { fleet, rendered };
}

/** What `nix eval` prints as JSON for an output of the flake in a directory. */
export async function evaluate(directory: string, attribute: string, apply?: string): Promise<unknown> {
  const words = ["nix", "--extra-experimental-features", "nix-command flakes", "eval", "--json", `.#${attribute}`];
  const more = apply === undefined ? [] : ["--apply", apply];
  const { exitCode, stdout, stderr } = await exec([...words, "--no-write-lock-file", ...more], { cwd: directory });
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** The derivations of all hosts' systems. */
export async function systems(directory: string): Promise<unknown> {
  const toplevels = "builtins.mapAttrs (_: host: host.config.system.build.toplevel.drvPath)";
  return await evaluate(directory, "nixosConfigurations", toplevels);
}

/** The derivations of the hive's nodes, evaluated as Colmena does it. */
export async function hiveSystems(directory: string, hosts: readonly string[]): Promise<unknown> {
  await using home = await tempDir("flurry-render-home");
  const offline = "substituters =\nbuild-users-group =\nflake-registry =";
  const context = { cwd: directory, env: { ...process.env, HOME: home.path, NIX_CONFIG: offline } };
  await using pool = new NixPool({ context });
  const requests = hosts.map((host) => ({ host, attrPath: ["colmenaHive", "nodes", host] }));
  const systems: Record<string, string> = {};
  for await (const result of pool.evaluate(await lockFlake(".", context), requests)) {
    if (result.status !== "ok") throw result.error;
    systems[result.host] = result.drvPath;
  }
  return systems;
}

async function git(directory: string, words: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runProcess("git", ["-c", "safe.directory=*", ...words], { cwd: directory });
  if (exitCode !== 0) throw new Error(stderr);
}
