import { join, resolve } from "node:path";

import { findFleet } from "@flurry/schema";

import type { GlobalFlags } from "../command-line/global-flags.ts";
import type { CliContext } from "../context.ts";
import { readSelection } from "../selection.ts";

/** Where a fleet's runs leave their journals, in the fleet's directory. */
export function journalsIn(fleetDirectory: string): string {
  return join(fleetDirectory, ".flurry", "runs");
}

/**
 * The journals of the fleet that a command line speaks of. The fleet itself is not read: what happened can be told
 * whatever has become of it.
 *
 * @throws FlurryError FLURRY_FLEET_NOT_FOUND
 */
export async function journalDirectory(
  { cwd, env, readStdin }: CliContext,
  { directory, flake }: GlobalFlags,
): Promise<string> {
  const start = resolve(cwd, directory ?? ".");
  const named = await readSelection({ words: [], flake: flake ?? (env["FLURRY_FLAKE"] || undefined), readStdin });
  // Runs of a flake that is not on this machine leave their journals where they were started.
  const isPath = named.flake !== undefined && /^(?:\.{1,2}(?:\/|$)|\/)/.test(named.flake);
  if (named.flake !== undefined && !isPath) return journalsIn(start);
  return journalsIn((await findFleet(resolve(start, named.flake ?? "."))).directory);
}
