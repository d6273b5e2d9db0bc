import type { DrvPath } from "@flurry/core";

import type { RunCall } from "../pool/run-call.ts";
import { nixError } from "../process/nix-error.ts";
import type { BuildStore } from "./build-request.ts";

/** Brings derivations and all that they need as inputs, but nothing that is built, to the store that is to build them. */
export async function copyDerivations(
  drvPaths: readonly DrvPath[],
  { uri }: BuildStore,
  { run, signal }: { readonly run: RunCall; readonly signal: AbortSignal },
): Promise<void> {
  const what = `bringing derivations to ${uri}`;
  const args = ["--derivation", "--no-check-sigs", "--to", uri, "--", ...drvPaths];
  const call = { command: ["copy"], args, what, timeoutMs: 3_600_000, stallTimeoutMs: 300_000, events: "all" } as const;
  const output = await run(call, { signal, onEvent: () => {} });
  if (output.exitCode !== 0) throw nixError(output, { code: "FLURRY_COPY_FAILED", what, remote: true });
}
