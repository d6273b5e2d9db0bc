import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { nearestName } from "@flurry/core";
import type { ProcessResult } from "@flurry/core";

import { deployerEnvironment, deployerHome, execInLab, spawnInLab } from "./deployer.ts";
import type { LabExecOptions, LabProcess } from "./deployer.ts";
import { writeTree } from "./file-tree.ts";
import { hostFiles, hostSpecFile } from "./host-files.ts";
import { hostSpecs } from "./host-options.ts";
import type { HostOptions, HostSpec } from "./host-options.ts";
import { LabHost } from "./host.ts";
import { LabError } from "./lab-error.ts";
import { LabShell } from "./lab-shell.ts";
import { readLabState, writeLabState } from "./lab-state.ts";
import type { LabState } from "./lab-state.ts";
import type { IdMapping } from "./namespaces.ts";
import { SshDirectory } from "./ssh-directory.ts";
import { startLab } from "./start-lab.ts";
import type { LabOptions, StartedLab } from "./start-lab.ts";
import { keepInCache } from "./store-cache.ts";
import { findSupervisor, killSupervisor } from "./supervisor.ts";
import type { Supervisor } from "./supervisor.ts";

/** Real hosts on one machine, in namespaces, with a network of their own: 10.0.0.0/16, the deployer at 10.0.0.1. */
export class Lab implements AsyncDisposable {
  readonly directory: string;
  /** How the ids of the lab relate to those of the machine; see {@link IdMapping}. */
  readonly mapping: IdMapping["kind"];
  /** The environment of commands in the deployer's place. */
  readonly deployerEnv: NodeJS.ProcessEnv;
  readonly #supervisor: Supervisor;
  readonly #shell: LabShell;
  readonly #ssh: SshDirectory;
  readonly #hosts = new Map<string, LabHost>();
  #state: LabState;
  readonly #waitForCleanup: boolean;

  private constructor(parts: StartedLab & { readonly env: NodeJS.ProcessEnv }) {
    const { directory, state, supervisor, env } = parts;
    this.directory = directory;
    this.mapping = state.mapping;
    this.deployerEnv = deployerEnvironment({ directory, store: state.store, env });
    this.#supervisor = supervisor;
    this.#state = state;
    this.#waitForCleanup = parts.waitForCleanup;
    this.#shell = new LabShell({ directory, pid: supervisor.pid, mapping: state.mapping, cgroup: state.cgroup, env });
    this.#ssh = new SshDirectory(directory, state.hosts.map(specOf));
    for (const host of state.hosts) this.#register(specOf(host));
  }

  /**
   * Starts a lab and waits until all its hosts are up.
   *
   * @throws LabError LAB_INVALID, LAB_EXISTS, LAB_UNAVAILABLE, LAB_START_FAILED,
   * LAB_BOOT_FAILED; in each case nothing of the lab is left
   */
  static async up(options: LabOptions): Promise<Lab> {
    const { env = process.env } = options;
    const started = await startLab(options);
    const lab = new Lab({ ...started, env });
    try {
      await lab.add(options.hosts, options);
      return lab;
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  /**
   * Takes hold of a lab that another process started. Disposing of it does not end the lab; `down()` does.
   *
   * @throws LabError LAB_NOT_RUNNING
   */
  static async attach(directory: string, options: Pick<LabOptions, "env"> = {}): Promise<Lab> {
    const path = resolve(directory);
    const state = await readLabState(path);
    const supervisor = await findSupervisor(path);
    if (supervisor === undefined)
      throw new LabError("LAB_NOT_RUNNING", `the lab in ${path} has ended`, {
        hint: "Start it with `lab up`.",
      });
    return new Lab({ directory: path, state, supervisor, env: options.env ?? process.env, waitForCleanup: true });
  }

  /** All hosts in the order they were added. */
  get hosts(): readonly LabHost[] {
    return [...this.#hosts.values()];
  }

  /**
   * A host by its name.
   *
   * @throws LabError LAB_HOST_UNKNOWN
   */
  host(name: string): LabHost {
    const host = this.#hosts.get(name);
    if (host !== undefined) return host;
    const nearest = nearestName(name, [...this.#hosts.keys()]);
    throw new LabError(
      "LAB_HOST_UNKNOWN",
      `the lab has no host ${name}`,
      nearest === undefined ? {} : { hint: `Did you mean ${nearest}?` },
    );
  }

  /** An ssh_config in which every host has its name. Environment variable SSH_CONFIG_FILE of the deployer. */
  get sshConfigFile(): string {
    return this.#ssh.sshConfigFile;
  }

  get knownHostsFile(): string {
    return this.#ssh.knownHostsFile;
  }

  /** The private key that root and deploy of every host accept. */
  get identityFile(): string {
    return this.#ssh.identityFile;
  }

  /** The deployer's home directory: a place for files that end with the lab. */
  get home(): string {
    return deployerHome(this.directory);
  }

  /** The pid, on this machine, of the process whose end ends the lab. */
  get supervisorPid(): number {
    return this.#supervisor.pid;
  }

  /** Adds hosts to the running lab and boots them. */
  async add(
    hosts: readonly (string | HostOptions)[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const limits = signal === undefined ? {} : { signal };
    const { init, systemdProblem: problem } = this.#state;
    const specs = hostSpecs(hosts, { init, existing: this.hosts.map((host) => host.spec), systemdProblem: problem });
    if (specs.length === 0) return;
    const names = specs.map((spec) => spec.name);
    await Promise.all(specs.map((spec) => this.#writeHost(spec)));
    await this.#ssh.addHosts(specs);
    this.#state = { ...this.#state, hosts: [...this.#state.hosts, ...specs.map(toState)] };
    await Promise.all([
      writeLabState(this.directory, this.#state),
      // In place: the lab has this very file at /etc/hosts.
      writeFile(join(this.directory, "hosts"), hostsFile(this.#state.hosts)),
      this.#shell.script("host-create.sh", names, limits),
    ]);
    for (const spec of specs) this.#register(spec);
    await this.#shell.script("host-power.sh", ["on", ...names]);
    await this.#waitUp(names, limits);
  }

  /** Runs a command in the deployer's place: the lab's network and store, this machine's files. */
  async exec(argv: readonly string[], options?: LabExecOptions): Promise<ProcessResult> {
    return await execInLab(this.#shell, argv, this.deployerEnv, options);
  }

  /** Starts a command in the deployer's place, for tests that end it themselves. */
  spawn(argv: readonly string[], options?: Pick<LabExecOptions, "cwd" | "env" | "stdin">): LabProcess {
    return spawnInLab(this.#shell, argv, this.deployerEnv, options);
  }

  /** The words that run a command in the deployer's place, for callers that start processes themselves. */
  commandLine(argv: readonly string[], cwd: string = this.home): readonly [string, ...string[]] {
    return this.#shell.command(argv, cwd);
  }

  /** Keeps closures of the lab's store in the cache, so that the next lab has them from its beginning. */
  async keepInCache(paths: readonly string[]): Promise<void> {
    if (this.#state.store === "own")
      await keepInCache(this.#shell, this.#state.cacheDirectory, paths, this.deployerEnv);
  }

  /** Ends the lab: every process in it is dead when this resolves. */
  async down(): Promise<void> {
    await killSupervisor(this.#supervisor);
    if (this.#waitForCleanup) await this.#supervisor.cleaned;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#supervisor.cleaned !== undefined) await this.down();
  }

  async #writeHost(spec: HostSpec): Promise<void> {
    const directory = join(this.directory, "hosts.d", spec.name);
    await writeTree(join(directory, "disk"), { ...hostFiles(spec), "etc/ssh/": "" });
    await writeFile(join(directory, "spec"), hostSpecFile(spec));
  }

  async #waitUp(names: readonly string[], limits: { readonly signal?: AbortSignal }): Promise<void> {
    try {
      await this.#shell.script("host-power.sh", ["wait-up", ...names], limits);
    } catch (cause) {
      if (limits.signal?.aborted === true) throw cause;
      const logs = await Promise.all(
        names.map((name) =>
          this.host(name)
            .log()
            .catch(() => ""),
        ),
      );
      throw new LabError("LAB_BOOT_FAILED", "not all hosts of the lab have booted", {
        cause,
        details: logs.map((log, index) => `${names[index]}: ${log.slice(-1000)}`).join("\n"),
      });
    }
  }

  #register(spec: HostSpec): void {
    const { store, cacheDirectory } = this.#state;
    const context = {
      shell: this.#shell,
      ssh: this.#ssh,
      deployerEnv: this.deployerEnv,
      cacheDirectory: store === "own" ? cacheDirectory : undefined,
    };
    this.#hosts.set(spec.name, new LabHost(spec, context));
  }
}

function hostsFile(hosts: LabState["hosts"]): string {
  return `127.0.0.1 localhost\n${hosts.map(({ address, name }) => `${address} ${name}\n`).join("")}`;
}

function specOf(host: LabState["hosts"][number]): HostSpec {
  return { ...host, storeSizeMiB: host.storeSizeMiB };
}

function toState({ storeSizeMiB, ...rest }: HostSpec): LabState["hosts"][number] {
  return storeSizeMiB === undefined ? rest : { ...rest, storeSizeMiB };
}
