import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { deadline, sleep } from "@flurry/core";
import type { ProcessResult, RunProcessOptions } from "@flurry/core";

import { setClock } from "./faults/clock.ts";
import { fillDisk, freeDisk } from "./faults/disk.ts";
import { setFrozen } from "./faults/freezing.ts";
import { setBlackhole, setDelay, setLink, setLoss, setRate, setReject } from "./faults/network.ts";
import type { PacketFaultOptions } from "./faults/network.ts";
import { faultSshd, killNixProcesses, reloadSshd } from "./faults/processes.ts";
import type { SshdFault } from "./faults/processes.ts";
import { HostConsole } from "./host-console.ts";
import type { HostSpec } from "./host-options.ts";
import { installSystem } from "./install.ts";
import { LabError } from "./lab-error.ts";
import type { LabShell } from "./lab-shell.ts";
import type { SshDirectory } from "./ssh-directory.ts";

/** What a host needs of its lab. */
export interface HostContext {
  readonly shell: LabShell;
  readonly ssh: SshDirectory;
  readonly deployerEnv: NodeJS.ProcessEnv;
  readonly cacheDirectory: string | undefined;
}

/** How {@link LabHost.when} and {@link LabHost.waitForBoot} wait. */
export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds to wait at most. Default: 60 seconds. */
  readonly timeoutMs?: number;
}

/** A host of a lab: its console, its power, and what can go wrong with it. */
export class LabHost {
  readonly spec: HostSpec;
  readonly #console: HostConsole;
  readonly #context: HostContext;

  constructor(spec: HostSpec, context: HostContext) {
    this.spec = spec;
    this.#context = context;
    this.#console = new HostConsole(spec.name, context.shell);
  }

  get name(): string {
    return this.spec.name;
  }

  /** The host's IPv4 address in the lab. */
  get address(): string {
    return this.spec.address;
  }

  /** Runs words, or a text for sh, as root on the host's console: works with sshd dead and the link down. */
  async run(command: string | readonly string[], options?: RunProcessOptions): Promise<ProcessResult> {
    return await this.#console.run(command, options);
  }

  /** Like {@link run}, for a command that has to succeed; returns its trimmed standard output. */
  async output(command: string | readonly string[], options?: RunProcessOptions): Promise<string> {
    return await this.#console.output(command, options);
  }

  /** The words that run a command on the host's console, for callers that start processes themselves. */
  consoleCommand(words: readonly string[]): readonly [string, ...string[]] {
    return this.#console.command(words);
  }

  /** Whether a file exists on the host now. */
  async exists(path: string): Promise<boolean> {
    return await this.#console.exists(path);
  }

  /** A text file of the host. */
  async readFile(path: string): Promise<string> {
    return await this.#console.readFile(path);
  }

  /** Whether the host has power and has booted to the end. */
  async isUp(): Promise<boolean> {
    return await this.#console.isUp();
  }

  async hasPower(): Promise<boolean> {
    return await this.#console.hasPower();
  }

  /** The id of the present boot, as /proc/sys/kernel/random/boot_id on the host says. */
  async bootId(): Promise<string> {
    return await this.#console.bootId();
  }

  /** What the host wrote to its console in all its boots. */
  async log(): Promise<string> {
    return await readFile(join(this.#context.shell.directory, "log", `${this.name}.log`), "utf8");
  }

  /** The system that runs, as a store path; undefined on a host that nothing is installed on. */
  async currentSystem(): Promise<string | undefined> {
    const { exitCode, stdout } = await this.run(["readlink", "--canonicalize-existing", "/run/current-system"]);
    return exitCode === 0 ? stdout.trim() : undefined;
  }

  /** Leaves the host as an installer would: the closure, generation 1, the boot entry; then boots it. */
  async install(toplevel: string): Promise<void> {
    if (await this.hasPower()) await this.powerCut();
    await installSystem(this.spec, toplevel, this.#context);
    await this.powerOn();
  }

  /** All processes die, /run is lost. */
  async powerCut(): Promise<void> {
    await this.#context.shell.script("host-power.sh", ["off", this.name]);
  }

  /** Gives power and waits until the host has booted. */
  async powerOn(options: { readonly waitForBoot?: boolean } = {}): Promise<void> {
    await this.#context.shell.script("host-power.sh", ["on", this.name]);
    if (options.waitForBoot === false) return;
    await this.#waitUp();
  }

  /** The reset button: a power cut, and power again. */
  async reset(options: { readonly waitForBoot?: boolean } = {}): Promise<void> {
    if (await this.hasPower()) await this.powerCut();
    await this.powerOn(options);
  }

  /** Waits until the host is up in another boot than the given one. Returns the new boot id. */
  async waitForBoot(oldBootId: string, options: WaitOptions = {}): Promise<string> {
    return await this.#poll(`waiting for a new boot of ${this.name}`, options, async () => {
      if (!(await this.isUp())) return undefined;
      const id = await this.bootId().catch(() => oldBootId);
      return id === oldBootId ? undefined : id;
    });
  }

  /** Plugs the network cable out or in. */
  async link(state: "up" | "down"): Promise<void> {
    await setLink(this.#context.shell, this.spec, state);
  }

  /** Drops packets silently in both directions, all or those of one TCP port. `"off"` ends it. */
  async blackhole(fault: PacketFaultOptions | "off" = {}): Promise<void> {
    await setBlackhole(this.#context.shell, this.spec, fault);
  }

  /** Refuses what comes in, all or one TCP port. `"off"` ends it. */
  async reject(fault: PacketFaultOptions | "off" = {}): Promise<void> {
    await setReject(this.#context.shell, this.spec, fault);
  }

  /** Loses a share of the packets in both directions; 0 ends it. */
  async loss(percent: number): Promise<void> {
    await setLoss(this.#context.shell, this.spec, percent);
  }

  /** Bounds the speed, for example `"8mbit"`; `"off"` ends it. */
  async rate(rate: string): Promise<void> {
    await setRate(this.#context.shell, this.spec, rate);
  }

  /**
   * Adds to the round trip time, half of it in each direction; 0 ends it.
   *
   * @returns by what: the kernel's `"netem"`, or where it is missing a program that hands frames on later, `"wire"`
   */
  async delay(roundTripMs: number): Promise<"netem" | "wire"> {
    return await setDelay(this.#context.shell, this.spec, roundTripMs);
  }

  /** Breaks sshd or mends it; see {@link SshdFault}. */
  async sshd(fault: SshdFault): Promise<void> {
    await faultSshd(this.#console, fault);
  }

  /**
   * Gives the host a new host key, which sshd shows from now on.
   *
   * @param options - `record`: write it to the lab's known_hosts, too. Default: not, so that clients see a changed key
   * @returns the new public key line
   */
  async changeHostKey(options: { readonly record?: boolean } = {}): Promise<string> {
    const file = "/etc/ssh/ssh_host_ed25519_key";
    await this.output(`rm -f ${file} ${file}.pub && ssh-keygen -q -t ed25519 -N '' -C ${this.name} -f ${file}`);
    const key = await this.output(["cat", `${file}.pub`]);
    if (options.record === true) await this.#context.ssh.recordKey(this.name, key);
    await reloadSshd(this.#console, key);
    return key;
  }

  /** Marks the host's key as revoked in the lab's known_hosts. */
  async revoke(): Promise<void> {
    await this.#context.ssh.revokeKey(this.name);
  }

  /** Kills Nix on the host with SIGKILL, its daemon included. Returns whether there was one. */
  async killNix(): Promise<boolean> {
    return await killNixProcesses(this.#console);
  }

  /** Stops every process of the host: it hangs. */
  async freeze(): Promise<void> {
    await setFrozen(this.#context.shell, this.#console, "frozen");
  }

  async thaw(): Promise<void> {
    await setFrozen(this.#context.shell, this.#console, "thawed");
  }

  /** Makes the wall clock leap by so many seconds, for programs of the host that ask `date`; 0 makes it right again. */
  async clock(seconds: number): Promise<void> {
    await setClock(this.#console, seconds);
  }

  /** Fills /nix up to a remainder. Needs `storeSizeMiB`. */
  async fillDisk(options: { readonly leaveBytes?: number } = {}): Promise<void> {
    await fillDisk(this.#console, this.spec, options.leaveBytes ?? 0);
  }

  async freeDisk(): Promise<void> {
    await freeDisk(this.#console);
  }

  /**
   * Does something at the moment a file appears on the host, looking every few milliseconds.
   *
   * @throws FlurryError FLURRY_TIMEOUT when it does not appear, FLURRY_ABORTED
   */
  async when<T>(path: string, action: () => Promise<T> | T, options: WaitOptions = {}): Promise<T> {
    await this.#poll(`waiting for ${path} on ${this.name}`, options, async () =>
      (await this.#console.exists(path)) ? true : undefined,
    );
    return await action();
  }

  async #waitUp(): Promise<void> {
    try {
      await this.#context.shell.script("host-power.sh", ["wait-up", this.name]);
    } catch (cause) {
      const log = await this.log().catch(() => "");
      throw new LabError("LAB_BOOT_FAILED", `${this.name} did not boot`, {
        cause,
        details: log.slice(-4000),
      });
    }
  }

  async #poll<T>(what: string, options: WaitOptions, look: () => Promise<T | undefined>): Promise<T> {
    using limit = deadline(options.timeoutMs ?? 60_000, what, options.signal);
    for (;;) {
      const seen = await look();
      if (seen !== undefined) return seen;
      await sleep(5, limit.signal);
    }
  }
}
