import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { runProcess, tempDir } from "@flurry/core";
import type { ProcessResult } from "@flurry/core";
import { Lab, buildSystems, prepareFleet } from "@flurry/lab";
import type { FleetExec } from "@flurry/lab";

const setupNames = ["none", "flake", "sshd", "lab"] as const;

/**
 * What an example finds when it runs:
 * - `none`: an empty working directory
 * - `flake`: the example fleet as its working directory, with nixosConfigurations.nas, and a Nix store of its own
 * - `sshd`: a host nas at 10.0.20.10 with a real sshd, and in the working directory an ssh_config that reaches it
 * - `lab`: the example fleet, and NixOS on the host; SSH_CONFIG_FILE names the ssh_config
 */
export type SetupName = (typeof setupNames)[number];

/** Whether a README's comment names a setup that there is. */
export function isSetupName(name: string): name is SetupName {
  return (setupNames as readonly string[]).includes(name);
}

/** Runs examples where they find what they need. One lab serves all, and starts when it is first needed. */
export class ExampleSetups implements AsyncDisposable {
  #lab: Promise<Lab> | undefined;

  /** Runs a script to its end. */
  async run(setup: SetupName, script: string): Promise<ProcessResult> {
    if (setup === "none") {
      await using directory = await tempDir("flurry-example");
      return await runProcess(process.execPath, [script], { cwd: directory.path, timeoutMs: 60_000 });
    }
    this.#lab ??= startLab();
    const lab = await this.#lab;
    const cwd = setup === "sshd" ? sshDirectory(lab) : fleetDirectory(lab);
    return await lab.exec([process.execPath, script], { cwd, timeoutMs: 120_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const lab = await this.#lab?.catch(() => undefined);
    await lab?.[Symbol.asyncDispose]();
  }
}

async function startLab(): Promise<Lab> {
  const lab = await Lab.up({ hosts: ["nas"] });
  await mkdir(sshDirectory(lab));
  await copyFile(lab.sshConfigFile, join(sshDirectory(lab), "ssh_config"));
  const directory = fleetDirectory(lab);
  const exec: FleetExec = (argv, options) => lab.exec(argv, options);
  await prepareFleet({ directory, exec, deployerPublicKey: await readFile(`${lab.identityFile}.pub`, "utf8") });
  const systems = await buildSystems({ directory, hosts: ["nas"], exec });
  await lab.host("nas").install(systems.get("nas") ?? "");
  return lab;
}

function sshDirectory(lab: Lab): string {
  return join(lab.home, "ssh");
}

function fleetDirectory(lab: Lab): string {
  return join(lab.home, "fleet");
}
