import { FlurryError } from "@flurry/core";

import type { RunCall } from "../pool/run-call.ts";
import { nixError } from "../process/nix-error.ts";
import type { CopyOptions, FetchRequest } from "./copy-request.ts";

/** Copies paths and all they refer to from another store. What was built there for us carries no signature. */
export async function fetchPaths(
  { host, paths, storeUri, nixSshOpts }: FetchRequest,
  { timeoutMs = 3_600_000, stallTimeoutMs = 300_000 }: CopyOptions,
  { run, signal }: { readonly run: RunCall; readonly signal: AbortSignal },
): Promise<void> {
  const what = `fetching what ${host} has built`;
  const env = nixSshOpts === undefined ? {} : { env: { NIX_SSHOPTS: nixSshOpts } };
  const args = ["--from", storeUri, "--no-check-sigs", "--", ...paths];
  const call = { command: ["copy"], args, what, timeoutMs, stallTimeoutMs, events: "all", ...env } as const;
  const output = await run(call, { signal, onEvent: () => {} });
  if (output.exitCode === 0) return;
  const failure = { code: "FLURRY_COPY_FAILED", what, host, remote: storeUri.startsWith("ssh") } as const;
  throw FlurryError.from(nixError(output, failure)).withHost(host);
}
