import { access, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { makeCgroup, removeCgroup } from "./cgroup.ts";
import { deployerFiles } from "./deployer.ts";
import { writeTree } from "./file-tree.ts";
import { templateFiles } from "./host-files.ts";
import { hostSpecs } from "./host-options.ts";
import type { HostOptions, InitChoice } from "./host-options.ts";
import { raiseInotifyLimit } from "./inotify.ts";
import { claimDirectory, removeTraces, sweepDeadLabs } from "./lab-directory.ts";
import { LabError } from "./lab-error.ts";
import { ownPidNamespace, writeLabState } from "./lab-state.ts";
import type { LabState } from "./lab-state.ts";
import { probeIdMapping } from "./namespaces.ts";
import type { IdMapping } from "./namespaces.ts";
import { SshDirectory } from "./ssh-directory.ts";
import { defaultCacheDirectory, seedStore } from "./store-cache.ts";
import { startSupervisor } from "./supervisor.ts";
import type { Supervisor } from "./supervisor.ts";
import { systemdProblem } from "./systemd.ts";

/** How a lab shall be. */
export interface LabOptions {
  readonly hosts: readonly (string | HostOptions)[];
  /** How hosts boot that do not say it themselves. Default: `"auto"`, real systemd where it can run. */
  readonly init?: InitChoice;
  /**
   * Where the lab keeps its files: an empty or missing directory with a short path. Default: a new one in the
   * temporary directory, which is removed with the lab.
   */
  readonly directory?: string;
  /** Whether the lab ends with this process, however that ends. Default: true. */
  readonly tied?: boolean;
  /** Whether deployments start from a Nix store of the lab's own or from the machine's /nix. Default: `"own"`. */
  readonly store?: "own" | "machine";
  /** Where built closures are kept between labs. Default: `flurry-lab/store` in XDG_CACHE_HOME. */
  readonly cacheDirectory?: string;
  /** The relation of ids; chosen by what this machine can do unless given. */
  readonly mapping?: IdMapping;
  /** Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** A lab that has namespaces and no hosts yet. */
export interface StartedLab {
  readonly directory: string;
  readonly state: LabState;
  readonly supervisor: Supervisor;
  /** Whether whoever ends the lab waits until its directory can be used again. */
  readonly waitForCleanup: boolean;
}

/**
 * Decides how the lab is, claims its directory and starts its supervisor.
 *
 * @throws FlurryError as Lab.up; nothing is left then
 */
export async function startLab(options: LabOptions): Promise<StartedLab> {
  const { env = process.env } = options;
  const mapping = options.mapping ?? (await probeIdMapping());
  if (options.store === "machine") await requireMachineStore();
  const directory = await labDirectory(options.directory);
  const ephemeral = options.directory === undefined;
  const claimed: LabState = {
    version: 1,
    creator: process.pid,
    pidNamespace: await ownPidNamespace(),
    mapping: mapping.kind,
    store: options.store ?? "own",
    cacheDirectory: options.cacheDirectory ?? defaultCacheDirectory(env),
    init: "mini",
    hosts: [],
  };
  await claimDirectory(directory, claimed);
  const cgroup = await makeCgroup(directory);
  try {
    const state = withInit(claimed, { options, cgroup, problem: await systemdProblem(cgroup) });
    await writeLabState(directory, state);
    await raiseInotifyLimit();
    await writeFiles(directory, mapping);
    if (state.store === "own") await seedStore(state.cacheDirectory, directory, options.signal);
    const supervisor = await startSupervisor({
      directory,
      mapping,
      store: state.store,
      cgroup,
      tied: options.tied ?? true,
      ephemeral,
      env,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return { directory, state, supervisor, waitForCleanup: !ephemeral };
  } catch (error) {
    if (cgroup !== undefined) await removeCgroup(cgroup);
    await removeTraces(directory, { ephemeral });
    throw error;
  }
}

async function requireMachineStore(): Promise<void> {
  await access("/nix/store").catch((cause: unknown) => {
    throw new LabError("LAB_UNAVAILABLE", "this machine has no /nix/store", {
      cause,
      hint: 'Leave out store: "machine"; the lab has a store of its own.',
    });
  });
}

interface InitFacts {
  readonly options: LabOptions;
  readonly cgroup: string | undefined;
  readonly problem: string | undefined;
}

function withInit(claimed: LabState, { options, cgroup, problem }: InitFacts): LabState {
  const init = chooseInit(options.init ?? "auto", problem);
  // Before anything is started, so that a mistake in the hosts costs nothing.
  hostSpecs(options.hosts, { init, existing: [], systemdProblem: problem });
  return {
    ...claimed,
    init,
    ...(cgroup === undefined ? {} : { cgroup }),
    ...(problem === undefined ? {} : { systemdProblem: problem }),
  };
}

function chooseInit(wanted: InitChoice, problem: string | undefined): "systemd" | "mini" {
  if (wanted === "systemd" && problem !== undefined)
    throw new LabError("LAB_UNAVAILABLE", `hosts cannot boot systemd here: ${problem}`, {
      hint: 'Use init "auto" or "mini", or see `lab doctor`.',
    });
  if (wanted !== "auto") return wanted;
  return problem === undefined ? "systemd" : "mini";
}

async function labDirectory(wanted: string | undefined): Promise<string> {
  if (wanted === undefined) {
    await sweepDeadLabs(tmpdir());
    return await mkdtemp(join(tmpdir(), "fl-"));
  }
  const directory = resolve(wanted);
  // The path of a unix socket ends at 108 characters, and ssh adds its own to the directory's.
  if (directory.length > 40 || /[^\w./-]/.test(directory))
    throw new LabError("LAB_INVALID", `${directory} cannot be a lab's directory`, {
      hint: "Its path has to be at most 40 characters of letters, digits, dots, dashes and slashes.",
    });
  await mkdir(directory, { recursive: true });
  return directory;
}

async function writeFiles(directory: string, mapping: IdMapping): Promise<void> {
  await writeTree(directory, { ...deployerFiles, "log/": "", "root/": "", "usr/": "", "hosts.d/": "" });
  const key = await new SshDirectory(directory, []).makeIdentity();
  await writeTree(join(directory, "template"), templateFiles(mapping.kind, key));
  await writeFile(join(directory, "hosts"), "127.0.0.1 localhost\n");
}
