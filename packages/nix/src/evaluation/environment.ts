import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import type { LockedFlake } from "../flake/locked-flake.ts";
import type { NixVersion } from "../process/capabilities.ts";
import type { NixContext } from "../process/nix-context.ts";
import { nixSettings } from "../process/nix-settings.ts";
import { driverFingerprint } from "./driver.ts";
import { flakeFile } from "./reads.ts";

/**
 * Settings of nix that have no say in what a pure evaluation gives. All others have, also those that nobody knows yet:
 * a change of one of them is only a fresh evaluation.
 */
const irrelevantSettings: ReadonlySet<string> = new Set(
  `
    access-tokens netrc-file ssl-cert-file user-agent-suffix http-connections http2 connect-timeout download-
    attempts download-speed download-buffer-size stalled-download-timeout substituters extra-substituters trusted-
    substituters trusted-public-keys trusted-users substitute allowed-users require-sigs secret-key-files narinfo-
    cache-negative-ttl narinfo-cache-positive-ttl cores max-jobs builders builders-use-substitutes max-substitution-
    jobs build-users-group keep-going keep-failed keep-outputs keep-derivations keep-build-log log-lines compress-
    build-log max-build-log-size max-silent-time timeout min-free max-free min-free-check-interval auto-optimise-
    store fsync-metadata fsync-store-paths use-sqlite-wal gc-reserved-space post-build-hook pre-build-hook diff-hook
    run-diff-hook build-hook show-trace print-missing eval-cache tarball-ttl warn-dirty commit-lockfile-summary
    accept-flake-config flake-registry sandbox sandbox-paths sandbox-build-dir sandbox-dev-shm-size sandbox-fallback
    build-dir
  `.split(/\s+/),
);

/**
 * Names what all answers for a flake depend on beside its inputs: nix, its settings, the driver, and flake.nix, which
 * every evaluation reads.
 *
 * @throws FlurryError as runNix does; FLURRY_NIX_OUTPUT_INVALID
 */
export async function evaluationEnvironment(
  flake: LockedFlake,
  context: NixContext,
  {
    version,
    signal,
    timeoutMs,
  }: { readonly version: NixVersion; readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<string> {
  const shown = Object.entries(await nixSettings(context, { signal, timeoutMs }));
  const relevant = shown.filter(([name]) => !irrelevantSettings.has(name)).map(([name, { value }]) => [name, value]);
  const flakeNix = readFileSync(flake.storePath + flakeFile(flake.subdirectory, "flake.nix"));
  const { subdirectory = "" } = flake;
  const { extraArgs = [] } = context;
  const fixed = [driverFingerprint, version.text, relevant, extraArgs, subdirectory];
  const hash = createHash("sha256").update(JSON.stringify(fixed));
  return hash.update(flakeNix).digest("hex").slice(0, 32);
}
