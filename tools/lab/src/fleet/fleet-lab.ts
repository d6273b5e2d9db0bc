import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { ProcessResult, StorePath } from "@flurry/core";

import type { LabExecOptions, LabProcess } from "../deployer.ts";
import type { HostOptions } from "../host-options.ts";
import type { LabHost } from "../host.ts";
import { Lab } from "../lab.ts";
import { buildSystems } from "./build-systems.ts";
import { editHost } from "./edit-host.ts";
import { prepareFleet } from "./prepare-fleet.ts";
import { prepareSyntheticFleet } from "./synthetic-fleet.ts";

/** What a {@link FleetLab} begins with. */
export interface FleetLabOptions {
  /** The lab's hosts; those of the example fleet are nas, compute and gateway. */
  readonly hosts: readonly (string | HostOptions)[];
  /** The `flurry` command's file: packages/cli/bin/flurry.js. */
  readonly flurry: string;
  /** The text of fleet.yaml; that of the example unless given, none when null. */
  readonly fleetFile?: string | null;
  /**
   * The example fleet, or one of any size whose hosts are alike.
   *
   * @default "homelab"
   */
  readonly kind?: "homelab" | "synthetic";
}

/** A lab whose hosts run the example fleet as an installer left it, and `flurry` in the deployer's place. */
export class FleetLab implements AsyncDisposable {
  readonly lab: Lab;
  /** The fleet's repository. */
  readonly directory: string;
  readonly #flurry: string;

  private constructor(lab: Lab, directory: string, flurry: string) {
    this.lab = lab;
    this.directory = directory;
    this.#flurry = flurry;
  }

  /** Starts the lab, makes the fleet's repository and installs generation 1 on every host. */
  static async up(options: FleetLabOptions): Promise<FleetLab> {
    const lab = await Lab.up({ hosts: options.hosts });
    try {
      const fleet = new FleetLab(lab, join(lab.home, "fleet"), options.flurry);
      await fleet.#prepare(options);
      return fleet;
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  async #prepare({ kind = "homelab", fleetFile }: FleetLabOptions): Promise<void> {
    const { directory, exec, lab } = this;
    const deployerPublicKey = await readFile(`${lab.identityFile}.pub`, "utf8");
    const place = { directory, deployerPublicKey, exec };
    if (kind === "homelab") await prepareFleet({ ...place, fleetFile: fleetFile !== null });
    else await prepareSyntheticFleet({ ...place, hosts: lab.hosts });
    if (typeof fleetFile === "string") await this.writeFleetFile(fleetFile);
    const systems = await this.systems();
    await Promise.all(
      lab.hosts.map(async (host) => {
        const system = systems.get(host.name);
        if (system !== undefined) await host.install(system);
      }),
    );
  }

  /** Runs a command in the deployer's place. */
  readonly exec = async (argv: readonly string[], options: LabExecOptions = {}): Promise<ProcessResult> =>
    await this.lab.exec(argv, options);

  host(name: string): LabHost {
    return this.lab.host(name);
  }

  /** What plain Nix builds for the lab's hosts from the repository as it is now. */
  async systems(): Promise<ReadonlyMap<string, StorePath>> {
    const hosts = this.lab.hosts.map(({ name }) => name);
    return await buildSystems({ directory: this.directory, hosts, exec: this.exec });
  }

  /** Replaces fleet.yaml. */
  async writeFleetFile(text: string): Promise<void> {
    await writeFile(join(this.directory, "fleet.yaml"), text);
  }

  /** Gives a host a NixOS module in place of what an earlier edit gave it, and commits. */
  async edit(host: string, nix: string): Promise<void> {
    await editHost({ directory: this.directory, host, nix, exec: this.exec });
  }

  /** Runs `flurry` in the fleet's repository. */
  async flurry(args: readonly string[], options: LabExecOptions = {}): Promise<ProcessResult> {
    return await this.lab.exec([process.execPath, this.#flurry, ...args], { cwd: this.directory, ...options });
  }

  /** Starts `flurry` in the fleet's repository, for tests that end it. */
  spawnFlurry(args: readonly string[], options: LabExecOptions = {}): LabProcess {
    return this.lab.spawn([process.execPath, this.#flurry, ...args], { cwd: this.directory, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
  }
}
