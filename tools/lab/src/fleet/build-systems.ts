import { storePath } from "@flurry/core";
import type { StorePath } from "@flurry/core";

import { execChecked, nixCommand } from "./fleet-exec.ts";
import type { FleetExec } from "./fleet-exec.ts";

/** What to build. */
export interface BuildSystemsOptions {
  /** The fleet's repository. */
  readonly directory: string;
  readonly hosts: readonly string[];
  readonly exec: FleetExec;
}

/**
 * Builds the systems of hosts with plain Nix, for `LabHost.install` and as the truth to compare with.
 *
 * @returns each host's toplevel, in the store that `exec` uses
 * @throws LabError LAB_COMMAND_FAILED with Nix's message as details
 */
export async function buildSystems({
  directory,
  hosts,
  exec,
}: BuildSystemsOptions): Promise<ReadonlyMap<string, StorePath>> {
  const attribute = (host: string): string => `.#nixosConfigurations.${host}.config.system.build.toplevel`;
  const nix = (words: readonly string[]): Promise<string> => execChecked(exec, [...nixCommand, ...words], directory);
  await nix(["build", "--no-link", ...hosts.map(attribute)]);
  // Asked for one by one: the order of `nix build`'s answer is not the order of the question.
  const systems = new Map<string, StorePath>();
  for (const host of hosts) systems.set(host, storePath(await nix(["eval", "--raw", attribute(host)])));
  return systems;
}
