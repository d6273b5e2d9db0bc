import { join } from "node:path";

import { runProcess } from "@flurry/core";
import type { ProcessResult, RunProcessOptions } from "@flurry/core";

import { assetDirectory } from "./assets.ts";
import { LabError } from "./lab-error.ts";
import type { IdMapping } from "./namespaces.ts";
import { systemPath } from "./supervisor.ts";

/** Runs commands inside a lab's namespaces. */
export class LabShell {
  readonly directory: string;
  readonly pid: number;
  readonly #mapping: IdMapping["kind"];
  readonly #cgroup: string | undefined;
  readonly #env: NodeJS.ProcessEnv;

  constructor(options: {
    readonly directory: string;
    readonly pid: number;
    readonly mapping: IdMapping["kind"];
    readonly cgroup: string | undefined;
    readonly env: NodeJS.ProcessEnv;
  }) {
    this.directory = options.directory;
    this.pid = options.pid;
    this.#mapping = options.mapping;
    this.#cgroup = options.cgroup;
    this.#env = {
      PATH: systemPath(options.env),
      HOME: "/root",
      LANG: "C.UTF-8",
      LAB: options.directory,
      ASSETS: assetDirectory,
      MAPPING: options.mapping,
      CGROUP: options.cgroup ?? "",
    };
  }

  /** The words of a command line that runs `argv` inside the lab, in a working directory of the lab's file system. */
  command(argv: readonly string[], cwd = "/"): readonly [string, ...string[]] {
    const user = this.#mapping === "none" ? [] : ["--user", "--preserve-credentials"];
    const enter = ["--target", String(this.pid), ...user, "--mount", "--net", "--pid", "--ipc"];
    // Not --wd: it would be a directory of the machine's mount namespace, and getcwd(2) would fail in it.
    return ["nsenter", ...enter, "sh", "-c", 'cd -- "$1" && shift && exec "$@"', "sh", cwd, ...argv];
  }

  /** Runs a command with the lab's own small environment. */
  async run(argv: readonly string[], options: RunProcessOptions = {}): Promise<ProcessResult> {
    const [file, ...args] = this.command(argv);
    return await runProcess(file, args, { timeoutMs: 60_000, ...options, env: { ...this.#env, ...options.env } });
  }

  /**
   * Runs a command that has to succeed.
   *
   * @throws LabError LAB_COMMAND_FAILED with what it printed
   */
  async check(argv: readonly string[], options: RunProcessOptions = {}): Promise<string> {
    const result = await this.run(argv, options);
    if (result.exitCode === 0) return result.stdout;
    throw commandFailed(argv.join(" "), result);
  }

  /** Runs one of the lab's shell files inside the lab. */
  async script(name: string, args: readonly string[], options: RunProcessOptions = {}): Promise<string> {
    return await this.check(["sh", join(assetDirectory, name), ...args], options);
  }

  /** A path of the lab's file system as this machine reaches it. */
  path(inside: string): string {
    return join(`/proc/${this.pid}/root`, inside);
  }

  /** The cgroup2 directory of a host; undefined where hosts have none. */
  cgroupOf(host: string): string | undefined {
    return this.#cgroup === undefined ? undefined : join(this.#cgroup, host);
  }
}

/** The error for a command that had to succeed: the end of what it said, and all of it as details. */
export function commandFailed(what: string, { exitCode, signal, stdout, stderr }: ProcessResult): LabError {
  const said = (stderr + stdout).trim();
  const lastLine = said.slice(said.lastIndexOf("\n") + 1).slice(-300);
  const ended = `${what.trim().split("\n")[0]} ended with ${exitCode ?? signal}`;
  return new LabError("LAB_COMMAND_FAILED", `${ended}${lastLine === "" ? "" : `: ${lastLine}`}`, {
    details: said.slice(-8000),
  });
}
