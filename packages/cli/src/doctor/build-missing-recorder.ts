import type { NixContext } from "@flurry/nix";
import { findFleet } from "@flurry/schema";

import type { GlobalFlags } from "../command-line/global-flags.ts";
import type { CliContext } from "../context.ts";
import type { Output } from "../output.ts";
import type { Services } from "../services.ts";

/** What the build of a recorder works with. */
export interface RecorderBuild {
  readonly context: Pick<CliContext, "env">;
  readonly output: Output;
  readonly services: Pick<Services, "findRecorder" | "lockFlake" | "buildRecorder">;
  readonly nix: NixContext;
  readonly signal: AbortSignal;
}

/**
 * Compiles the recorder by the flake's nixpkgs, unless one is there that works.
 *
 * @throws FlurryError FLURRY_FLEET_NOT_FOUND, what locking the flake and building the recorder throw
 */
export async function buildMissingRecorder(
  { flake }: Pick<GlobalFlags, "flake">,
  { context, output, services, nix, signal }: RecorderBuild,
): Promise<void> {
  const say = (text: string): void => output.stderr.write(`${text}\n`);
  const recorder = await services.findRecorder(nix, { signal });
  if (recorder.kind === "preload") {
    say("a recorder that works is there: nothing to build");
    return;
  }
  const [named = ""] = (flake ?? context.env["FLURRY_FLAKE"] ?? "").split("#");
  const ref = named === "" ? (await findFleet(nix.cwd)).directory : named;
  say(`building the recorder with the C compiler of nixpkgs, as ${ref} pins it`);
  const locked = await services.lockFlake(ref, nix, { signal });
  await services.buildRecorder(locked, nix, { signal });
}
