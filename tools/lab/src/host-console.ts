import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";

import type { ProcessResult, RunProcessOptions } from "@flurry/core";

import { assetDirectory } from "./assets.ts";
import { LabError } from "./lab-error.ts";
import { commandFailed } from "./lab-shell.ts";
import type { LabShell } from "./lab-shell.ts";

/** A host as one who stands before it: works whatever state its network and sshd are in. */
export class HostConsole {
  readonly name: string;
  readonly #shell: LabShell;

  constructor(name: string, shell: LabShell) {
    this.name = name;
    this.#shell = shell;
  }

  /** The words that run a command on the host from this machine. */
  command(words: readonly string[]): readonly [string, ...string[]] {
    return this.#shell.command(["sh", join(assetDirectory, "inside.sh"), this.name, ...words]);
  }

  /** Runs words, or a text for sh, as root on the host. */
  async run(command: string | readonly string[], options: RunProcessOptions = {}): Promise<ProcessResult> {
    const words = typeof command === "string" ? ["sh", "-c", command] : command;
    if ((await this.#pid()) === undefined) throw this.#down();
    return await this.#shell.run(["sh", join(assetDirectory, "inside.sh"), this.name, ...words], options);
  }

  /**
   * Runs a command that has to succeed.
   *
   * @returns what it printed, without white space at the ends
   * @throws LabError LAB_COMMAND_FAILED
   */
  async output(command: string | readonly string[], options: RunProcessOptions = {}): Promise<string> {
    const result = await this.run(command, options);
    if (result.exitCode === 0) return result.stdout.trim();
    throw commandFailed(`on ${this.name}, ${typeof command === "string" ? command : command.join(" ")}`, result);
  }

  /** Whether the host has power. */
  async hasPower(): Promise<boolean> {
    return (await lstat(this.#shell.path(`/.flurry-lab/pid/${this.name}`)).catch(() => undefined)) !== undefined;
  }

  /** Whether the host has booted to the end. */
  async isUp(): Promise<boolean> {
    const up = await lstat(this.#shell.path(`/.flurry-lab/hosts/${this.name}/.up`)).catch(() => undefined);
    return up !== undefined && (await this.#pid()) !== undefined;
  }

  /** The id of the host's present boot. */
  async bootId(): Promise<string> {
    return (await this.readFile("/run/lab/boot_id")).trim();
  }

  /** Whether a file exists on the host now; links are not followed. False while the host has no power. */
  async exists(path: string): Promise<boolean> {
    const pid = await this.#pid();
    if (pid === undefined) return false;
    return (await lstat(this.#path(pid, path)).catch(() => undefined)) !== undefined;
  }

  /** A text file of the host; absolute links on the way to it are not followed. */
  async readFile(path: string): Promise<string> {
    const pid = await this.#pid();
    if (pid === undefined) throw this.#down();
    return await readFile(this.#path(pid, path), "utf8");
  }

  /** The host's first process as the lab counts. */
  async pidInLab(): Promise<number> {
    const pid = await this.#pid();
    if (pid === undefined) throw this.#down();
    return pid;
  }

  #path(pid: number, path: string): string {
    return this.#shell.path(`/proc/${pid}/root/${path}`);
  }

  async #pid(): Promise<number | undefined> {
    const text = await readFile(this.#shell.path(`/.flurry-lab/pid/${this.name}`), "utf8").catch(() => "");
    return text.trim() === "" ? undefined : Number(text.trim());
  }

  #down(): LabError {
    return new LabError("LAB_HOST_DOWN", `${this.name} has no power`, { hint: "Use powerOn() first." });
  }
}
