import { relative, resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { fleetInvalid, findFleet, readFleetFile, renderIssue } from "@flurry/schema";
import type { Fleet } from "@flurry/schema";

import type { GlobalFlags } from "../command-line/global-flags.ts";
import type { CliContext } from "../context.ts";
import { outputFor } from "../output.ts";
import type { Output } from "../output.ts";
import { plainLine } from "../renderers/plain-text.ts";
import { mendInterrupted } from "./interrupted-change.ts";

/** A repository with a fleet file, for commands that change the repository and need no Nix. */
export interface FleetRepository {
  /** The absolute directory of the fleet file. */
  readonly directory: string;
  /** The absolute path of the fleet file. */
  readonly fleetFile: string;
  readonly fleet: Fleet;
  readonly output: Output;
  /** The directory that the command works in. */
  readonly cwd: string;
  /** Tells a remark on standard error. */
  readonly warn: (text: string) => void;
}

/** What {@link openFleetFile} is made from. */
export interface OpenFleetFileRequest {
  readonly context: CliContext;
  readonly flags: GlobalFlags;
  readonly signal: AbortSignal;
  /** Whether the command may change files: an earlier change that was interrupted is then brought to its end first. */
  readonly mayWrite: boolean;
}

/**
 * Reads the fleet file found from here upward.
 *
 * @throws FlurryError FLURRY_FLEET_NOT_FOUND without a fleet file, FLURRY_FLEET_INVALID, FLURRY_LOCKED, FLURRY_CHANGE_CONFLICT
 */
export async function openFleetFile({
  context,
  flags,
  signal,
  mayWrite,
}: OpenFleetFileRequest): Promise<FleetRepository> {
  const output = outputFor(context, flags);
  const cwd = resolve(context.cwd, flags.directory ?? ".");
  const { directory, fleetFile } = await findFleet(cwd);
  const warn = warner(output);
  await mendInterrupted({ directory, context, warn, signal, mayWrite });
  if (fleetFile === undefined)
    throw new FlurryError("FLURRY_FLEET_NOT_FOUND", `there is no fleet.yaml in ${directory}`, {
      hint: "flurry init --from . writes one for the flake that is there",
    });
  const displayName = nearby(fleetFile, cwd);
  const read = await readFleetFile(fleetFile, { displayName, signal });
  if (!read.ok) throw fleetInvalid(read.issues);
  for (const issue of read.warnings) warn(renderIssue({ ...issue, severity: "error" }));
  return { directory, fleetFile, fleet: read.value, output, cwd, warn };
}

/** Tells remarks on standard error, each as one line. */
export function warner(output: Output): (text: string) => void {
  return (text) => output.stderr.write(`${output.progressColors.yellow("warning")}: ${plainLine(text)}\n`);
}

function nearby(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near.startsWith("..") ? path : near;
}
