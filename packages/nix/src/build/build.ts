import { FlurryError } from "@flurry/core";
import type { DrvPath, Emit, StorePath } from "@flurry/core";

import type { RunCall } from "../pool/run-call.ts";
import { derivationOutputs } from "../process/capabilities.ts";
import type { NixVersion } from "../process/capabilities.ts";
import { nixError } from "../process/nix-error.ts";
import { addGcRoots } from "../store/gc-root.ts";
import { pathsOnDisk } from "../store/on-disk.ts";
import { attribution } from "./attribution.ts";
import type { Attribution } from "./attribution.ts";
import { buildFailure } from "./build-failure.ts";
import { buildFlags } from "./build-flags.ts";
import { BuildLog } from "./build-log.ts";
import { BuildProgress } from "./build-progress.ts";
import type { BuildOptions, BuildRequest, BuildResult } from "./build-request.ts";
import { copyDerivations } from "./copy-derivations.ts";
import { derivationClosures } from "./derivation-graph.ts";
import { forecast } from "./forecast.ts";

/** What a build needs of the pool. */
export interface BuildParts {
  readonly run: RunCall;
  readonly emit: Emit;
  readonly version: NixVersion;
  readonly signal: AbortSignal;
  /** Those of the paths that are in the store. */
  readonly validPaths: (paths: readonly StorePath[]) => Promise<ReadonlySet<StorePath>>;
}

/**
 * Builds all requests in one `nix build`, so that Nix schedules the whole graph, and says of each host what became of it.
 * Only what is in the store afterwards counts as built.
 */
export async function buildAll(
  requests: readonly BuildRequest[],
  options: BuildOptions,
  parts: BuildParts,
): Promise<readonly BuildResult[]> {
  const startedAt = performance.now();
  const failures = new Map<string, FlurryError>();
  try {
    const missing =
      options.store === undefined ? await notYetBuilt(requests, parts) : await stillMissing(requests, parts);
    for (const { host } of requests) parts.emit({ kind: "stage-started", host, stage: "build" });
    const round = { ...parts, failures };
    const isNew = missing.length === requests.length;
    const done = missing.length === 0 ? "checked" : await buildMissing(missing, { ...options, protects: isNew }, round);
    if (done !== "protected") await protect(requests, options, round);
  } catch (error) {
    // What keeps the whole build from going on is the failure of every host that has no own one.
    const reason = FlurryError.from(error);
    for (const { host } of requests) if (!failures.has(host)) failures.set(host, reason.withHost(host));
  }
  const durationMs = performance.now() - startedAt;
  for (const { host } of requests) {
    const outcome = failures.has(host) ? "failed" : "ok";
    parts.emit({ kind: "stage-finished", host, stage: "build", durationMs, outcome });
  }
  return requests.map((request) => result(request, failures.get(request.host)));
}

type Round = BuildParts & { readonly failures: Map<string, FlurryError> };

/**
 * Some failures end the whole `nix build` in spite of --keep-going (in 2.8: a derivation for a system that nobody builds).
 * The hosts that were not at fault are then built without the others, until a round finds no one to leave out.
 */
async function buildMissing(
  requests: readonly BuildRequest[],
  { protects, ...options }: BuildOptions & { readonly protects: boolean },
  round: Round,
): Promise<"checked" | "protected"> {
  const flags = buildFlags(options);
  const drvPaths = [...new Set(requests.map(({ drvPath }) => drvPath))];
  if (options.store !== undefined) await copyDerivations(drvPaths, options.store, round);
  const [expected, closures] = await Promise.all([
    forecast(drvPaths, { ...round, flags }),
    drvPaths.length === 1 ? new Map<DrvPath, ReadonlySet<string>>() : derivationClosures(drvPaths, round),
  ]);
  const owners = attribution(requests, closures);
  const progress = new BuildProgress(requests, { attribution: owners, expected, emit: round.emit });
  let pending = requests;
  while (pending.length > 0) {
    const { log, isOk, error } = await buildOnce(pending, options, { ...round, flags, progress });
    // What can be protected is in the store, so that it need not be asked.
    if (isOk && protects && pending === requests && (await isProtected(requests, options, round))) return "protected";
    const missing = await stillMissing(pending, round);
    attributeFailures(missing, log, { owners, failures: round.failures });
    const unexplained = missing.filter(({ host }) => !round.failures.has(host));
    if (unexplained.length === missing.length) {
      for (const { host } of unexplained) round.failures.set(host, error(host));
      return "checked";
    }
    pending = unexplained;
  }
  return "checked";
}

async function isProtected(requests: readonly BuildRequest[], options: BuildOptions, round: Round): Promise<boolean> {
  if (options.outLinkDirectory === undefined || options.store !== undefined) return false;
  return await protect(requests, options, round).then(
    () => true,
    (error: unknown) => {
      if (round.signal.aborted) throw error;
      return false;
    },
  );
}

/** One `nix build`. `error` explains a host that is missing without a failed derivation of its own. */
async function buildOnce(
  requests: readonly BuildRequest[],
  options: BuildOptions,
  {
    run,
    version,
    signal,
    flags,
    progress,
  }: Round & { readonly flags: readonly string[]; readonly progress: BuildProgress },
): Promise<{ log: BuildLog; isOk: boolean; error: (host: string) => FlurryError }> {
  const installables = new Set(requests.map(({ drvPath }) => derivationOutputs(version, drvPath)));
  const args = ["--no-link", "--keep-going", ...flags, "--", ...installables];
  const log = new BuildLog();
  const what = "building";
  // Node's longest timer: there is no limit unless the caller sets one.
  const call = { command: ["build"], args, what, timeoutMs: options.timeoutMs ?? 2 ** 31 - 1, events: "all" } as const;
  const output = await run(call, {
    signal,
    onEvent: (event) => {
      const step = log.push(event);
      if (step !== undefined) progress.push(step);
    },
  });
  const isOk = output.exitCode === 0;
  return {
    log,
    isOk,
    error: (host) => nixError(output, { code: "FLURRY_BUILD_FAILED", what: `${what} ${host}`, host }),
  };
}

function attributeFailures(
  missing: readonly BuildRequest[],
  log: BuildLog,
  { owners, failures }: { readonly owners: Attribution; readonly failures: Map<string, FlurryError> },
): void {
  for (const { host } of missing) {
    const [first, ...others] = log.failures().filter(({ drvPath }) => owners.hostsOf(drvPath).includes(host));
    if (first !== undefined) failures.set(host, buildFailure(host, [first, ...others]));
  }
}

/** Before a build most systems are missing. Where nix has another store than this disk's, too many are built, at no cost. */
async function notYetBuilt(requests: readonly BuildRequest[], parts: BuildParts): Promise<readonly BuildRequest[]> {
  const onDisk = await pathsOnDisk(requests.map(({ outPath }) => outPath));
  const present = requests.filter(({ outPath }) => onDisk.has(outPath));
  const invalid = new Set(await stillMissing(present, parts));
  return requests.filter((request) => !onDisk.has(request.outPath) || invalid.has(request));
}

async function stillMissing(requests: readonly BuildRequest[], parts: BuildParts): Promise<readonly BuildRequest[]> {
  const valid = await parts.validPaths([...new Set(requests.map(({ outPath }) => outPath))]);
  return requests.filter(({ outPath }) => !valid.has(outPath));
}

async function protect(
  requests: readonly BuildRequest[],
  { outLinkDirectory, store }: BuildOptions,
  round: Round,
): Promise<void> {
  if (outLinkDirectory === undefined || store !== undefined) return;
  const built = requests.filter(({ host }) => !round.failures.has(host)).map(({ outPath }) => outPath);
  await addGcRoots([...new Set(built)], outLinkDirectory, round);
}

function result({ host, outPath }: BuildRequest, error: FlurryError | undefined): BuildResult {
  return error === undefined ? { host, status: "built", outPath } : { host, status: "failed", error };
}
