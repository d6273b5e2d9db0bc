import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError, deadline, sleep } from "@flurry/core";

import { assetDirectory } from "./assets.ts";
import { deployerAddress, prefixLength } from "./host-options.ts";
import { LabError } from "./lab-error.ts";
import type { IdMapping } from "./namespaces.ts";

/** How a lab's namespaces are to be. */
export interface SupervisorOptions {
  readonly directory: string;
  readonly mapping: IdMapping;
  readonly store: "own" | "machine";
  readonly cgroup: string | undefined;
  /** Whether the lab ends with this process, however that ends. */
  readonly tied: boolean;
  /** Whether the directory is removed when the lab has ended. */
  readonly ephemeral: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** The process whose end ends a lab. */
export interface Supervisor {
  /** Of the lab's first process, as this machine counts. */
  readonly pid: number;
  /** Settles when the namespaces are gone and the lab's traces are cleaned up; undefined when another process started the lab. */
  readonly cleaned: Promise<void> | undefined;
}

/**
 * Makes the namespaces of a lab.
 *
 * @throws LabError LAB_START_FAILED, FLURRY_TIMEOUT, FLURRY_ABORTED
 */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { directory, signal } = options;
  using limit = deadline(30_000, "starting the lab", signal);
  await using log = await open(join(directory, "log", "lab.log"), "a");
  // Not through runProcess: it outlives this call, and holds the pipe whose end is the end of the lab.
  const child = spawn("sh", [join(assetDirectory, "outside.sh")], {
    cwd: "/",
    env: supervisorEnv(options),
    stdio: [options.tied ? "pipe" : "ignore", log.fd, log.fd],
    detached: true,
  });
  let gone = false;
  const ended = new Promise<void>((resolve) => {
    const onEnd = (): void => {
      gone = true;
      resolve();
    };
    child.once("exit", onEnd);
    child.once("error", onEnd);
  });
  if (child.pid !== undefined) await Promise.race([once(child, "spawn"), ended]);
  child.unref();
  unrefPipe(child.stdin);
  for (;;) {
    const pid = await readSupervisorPid(directory);
    if (pid !== undefined && (await exists(join(directory, "ready")))) return { pid, cleaned: ended };
    if (gone || limit.signal.aborted) {
      if (pid !== undefined) killHard(pid);
      throw await startFailure(directory, limit.signal);
    }
    await sleep(5);
  }
}

/** The pid of a lab's first process if the lab in this directory is alive. */
export async function findSupervisor(directory: string): Promise<Supervisor | undefined> {
  const pid = await readSupervisorPid(directory);
  if (pid === undefined) return undefined;
  // The number may long be another process': only a supervisor of this lab has the lab's directory in its environment.
  const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
  return environment.split("\0").includes(`LAB=${directory}`) ? { pid, cleaned: undefined } : undefined;
}

/** Ends a lab: every process in it is dead when this resolves. The kernel takes the namespaces apart on its own time. */
export async function killSupervisor({ pid }: Supervisor): Promise<void> {
  killHard(pid);
  // A pid namespace's first process becomes a zombie only when all others are gone.
  for (let waited = 0; waited < 10_000 && (await isRunning(pid)); waited += 10) await sleep(10);
}

/** Whether a process exists and is no zombie. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const state = stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
  return state !== "" && state !== "Z" && state !== "X";
}

function supervisorEnv({
  directory,
  mapping,
  store,
  cgroup,
  tied,
  ephemeral,
  env,
}: SupervisorOptions): NodeJS.ProcessEnv {
  return {
    PATH: systemPath(env),
    HOME: "/root",
    LAB: directory,
    ASSETS: assetDirectory,
    MAPPING: mapping.kind,
    MAP_COUNT: "count" in mapping ? String(mapping.count) : "",
    SUBUID_START: mapping.kind === "subuid" ? String(mapping.uidStart) : "",
    SUBGID_START: mapping.kind === "subuid" ? String(mapping.gidStart) : "",
    STORE: store,
    CGROUP: cgroup ?? "",
    TIED: tied ? "1" : "",
    EPHEMERAL: ephemeral ? "1" : "",
    STATE_SIZE: "80%",
    GATEWAY: `${deployerAddress}/${prefixLength}`,
  };
}

/** PATH of this process with the folders of system programs, which users' PATH often lacks. */
export function systemPath(env: NodeJS.ProcessEnv): string {
  return `${env["PATH"] ?? "/usr/bin:/bin"}:/usr/sbin:/sbin`;
}

async function readSupervisorPid(directory: string): Promise<number | undefined> {
  const text = await readFile(join(directory, "pid"), "utf8").catch(() => "");
  const pid = Number(text.trim());
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

async function exists(path: string): Promise<boolean> {
  return (await readFile(path).catch(() => undefined)) !== undefined;
}

async function startFailure(directory: string, signal: AbortSignal): Promise<Error> {
  const log = await readFile(join(directory, "log", "lab.log"), "utf8").catch(() => "");
  if (signal.aborted && FlurryError.is(signal.reason)) return signal.reason;
  return new LabError("LAB_START_FAILED", "the lab's namespaces could not be made", {
    details: log.slice(-4000),
    hint: "`lab doctor` says what is missing.",
  });
}

function killHard(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // ESRCH: it has ended.
  }
}

/** A pipe to the supervisor shall not keep this process alive; Node's types hide that it is a socket. */
function unrefPipe(pipe: unknown): void {
  if (typeof pipe === "object" && pipe !== null && "unref" in pipe && typeof pipe.unref === "function") pipe.unref();
}
