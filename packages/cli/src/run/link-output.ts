import { FlurryError, runProcess } from "@flurry/core";

import type { LinkOptions } from "../services.ts";

/**
 * Makes a symbolic link to a store path that keeps it from being collected as garbage.
 *
 * @throws FlurryError FLURRY_PROCESS_FAILED
 */
export async function linkOutput(link: string, outPath: string, { nix, signal }: LinkOptions): Promise<void> {
  const options = (nix.options ?? []).flatMap(([name, value]) => ["--option", name, value]);
  const flags = ["--extra-experimental-features", "nix-command", ...options];
  const result = await runProcess(nix.nix ?? "nix", ["build", ...flags, "--out-link", link, outPath], {
    cwd: nix.cwd,
    env: nix.env,
    signal,
  });
  if (result.exitCode === 0) return;
  throw new FlurryError("FLURRY_PROCESS_FAILED", `could not make the link ${link}`, { details: result.stderr.trim() });
}
