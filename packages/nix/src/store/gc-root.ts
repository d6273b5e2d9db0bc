import { join } from "node:path";

import type { StorePath } from "@flurry/core";

import type { RunCall } from "../pool/run-call.ts";
import { nixError } from "../process/nix-error.ts";

/**
 * Makes links in a directory that keep paths from being collected as garbage: `system`, `system-1`, … in their order.
 * Deleting a link is all it takes to let go of its path.
 *
 * @throws FlurryError FLURRY_STORE_PATH_INVALID when one of the paths is not in the store or the link cannot be made
 */
export async function addGcRoots(
  paths: readonly StorePath[],
  directory: string,
  { run, signal }: { readonly run: RunCall; readonly signal: AbortSignal },
): Promise<void> {
  if (paths.length === 0) return;
  const what = "protecting the builds from garbage collection";
  const args = ["--out-link", join(directory, "system"), "--", ...paths];
  const output = await run({ command: ["build"], args, what, timeoutMs: 120_000, events: "none" }, { signal });
  if (output.exitCode !== 0) throw nixError(output, { code: "FLURRY_STORE_PATH_INVALID", what });
}
