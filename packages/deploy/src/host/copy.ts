import { FlurryError } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import { closureInfo } from "@flurry/nix";
import type { PathInfo } from "@flurry/nix";
import { nixSshOpts } from "@flurry/ssh";

import type { RunContext } from "../run-context.ts";
import { handOver } from "./hand-over.ts";
import type { HostJob } from "./host-job.ts";
import { renewing } from "./lock-renewal.ts";
import { onceMore } from "./once-more.ts";
import type { RemoteRun } from "./remote-run.ts";

/** What must stay free on the host beside the closure: the store's database and what the activation writes. */
const reserveBytes = 4 * 1024 * 1024;

/**
 * What goes over the connection that is there. More than that keeps this process from hearing of the other hosts in time,
 * and costs it more than a connection of OpenSSH's does.
 */
const bulkBytes = 4 * 1024 * 1024;

/** What needs no Nix here that asks one there, each of them a process: most changes of a configuration are smaller. */
const handBytes = 1024 * 1024;

/** What is to be on the host. */
export type CopyJob = Pick<HostJob, "candidate" | "closure" | "keepsSystem" | "profiles">;

/**
 * Brings the closure of the candidate to the host. Only what the host lacks is sent; when it lacks nothing, nothing is done.
 *
 * @throws FlurryError FLURRY_HOST_DISK_FULL before anything is sent, FLURRY_COPY_FAILED, FLURRY_COPY_UNSIGNED and those of the connection
 */
export async function copyClosure(
  run: RemoteRun,
  job: CopyJob,
  { context, freeBytes }: { readonly context: RunContext; readonly freeBytes: number },
): Promise<void> {
  const { emit, signal } = context;
  const host = run.link.host.name;
  const missing = await missingPaths(run, job, context);
  if (missing.length === 0) {
    emit({
      kind: "stage-finished",
      host,
      stage: "copy",
      durationMs: 0,
      outcome: "skipped",
      note: run.link.isLocal ? "the store is this machine's" : "the host has it all",
    });
    return;
  }
  if (run.link.isLocal) throw otherStore(host, missing);
  requireSpace(host, missing, freeBytes);
  using renewal = renewing(run, signal);
  void renewal;
  await onceMore(() => copyMissing(run, job, { context, missing }), {
    signal,
    onRetry: ({ message }) =>
      emit({ kind: "log", host, stage: "copy", level: "warn", line: `copying once more: ${message}` }),
  });
}

/** Nix goes over the connection that is there, or shares one to the jump hosts on the way with other large copies. */
async function copyMissing(
  { link }: RemoteRun,
  job: CopyJob,
  { context, missing }: { readonly context: RunContext; readonly missing: readonly PathInfo[] },
): Promise<void> {
  const { signal } = context;
  if (sizeOf(missing) <= handBytes && (await handOver(link, missing, context))) return;
  const session = await link.session(signal);
  const load = sizeOf(missing) > bulkBytes ? "bulk" : "some";
  await using shared = await session.share({ load, signal });
  await using options = await nixSshOpts(link.target, session.address, context.ssh, { signal, shared });
  const request = {
    host: link.host.name,
    paths: pathsOf(job),
    storeUri: `ssh-ng://${options.storeHost}`,
    nixSshOpts: options.value,
    substituteOnDestination: link.host.deploy.substituteOnDestination,
    checkSignatures: link.host.deploy.checkSignatures,
    closure: missing,
  };
  await context.pool.copy(request, { signal });
}

/** The system, where it changes, and the profiles. */
function pathsOf({ candidate, keepsSystem, profiles = [] }: CopyJob): readonly StorePath[] {
  const system = keepsSystem === true ? [] : [candidate];
  return [...new Set([...system, ...profiles.map((profile) => profile.candidate)])];
}

/** What of the candidate's closure the host lacks. */
async function missingPaths(run: RemoteRun, job: CopyJob, context: RunContext): Promise<readonly PathInfo[]> {
  const { closure } = job;
  const { nix, signal } = context;
  if (closure === undefined) {
    // What is valid in a store has a valid closure there. This machine may never have had a system that a host goes back to.
    const invalid = await invalidPaths(run, pathsOf(job), signal);
    if (invalid.size === 0) return [];
    const lacking = pathsOf(job).filter((path) => invalid.has(path));
    return await missingPaths(run, { ...job, closure: await closureInfo(lacking, nix, { signal }) }, context);
  }
  const absent = await invalidPaths(
    run,
    closure.map(({ path }) => path),
    signal,
  );
  return closure.filter(({ path }) => absent.has(path));
}

/** Those of the paths that are not valid in the host's store. */
async function invalidPaths(
  run: RemoteRun,
  paths: readonly StorePath[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const words = ["sh", "-c", "exec xargs nix-store --check-validity --print-invalid"];
  const asked = { stdin: paths.join("\n"), signal, timeoutMs: 120_000 };
  const result = await onceMore(() => run.link.run(words, asked), { signal, onRetry: () => {} });
  if (result.exitCode !== 0) {
    throw new FlurryError("FLURRY_REMOTE_COMMAND_FAILED", "the host's Nix store could not be asked what it lacks", {
      host: run.link.host.name,
      details: result.stderr,
    });
  }
  return new Set(result.stdout.split("\n").filter((line) => line !== ""));
}

function otherStore(host: string, missing: readonly PathInfo[]): FlurryError {
  const example = missing[0]?.path ?? "";
  return new FlurryError("FLURRY_COPY_FAILED", `the new system is not in this machine's own store: ${example}`, {
    host,
    hint: "Build in the store that this machine runs from: without NIX_REMOTE and without a store in NIX_CONFIG.",
  });
}

function requireSpace(host: string, missing: readonly PathInfo[], freeBytes: number): void {
  const needed = sizeOf(missing);
  if (needed + reserveBytes <= freeBytes) return;
  throw new FlurryError(
    "FLURRY_HOST_DISK_FULL",
    `${megabytes(needed)} are to be copied and ${megabytes(freeBytes)} are free in the host's Nix store`,
    {
      host,
      hint: "Free space on the host, for example with `nix-collect-garbage -d`.",
    },
  );
}

function sizeOf(paths: readonly PathInfo[]): number {
  return paths.reduce((sum, { narSize }) => sum + narSize, 0);
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MiB`;
}
