import { resolve } from "node:path";

import { sshTarget } from "@flurry/deploy";
import { findFleet, readFleetFile } from "@flurry/schema";
import type { SshTarget } from "@flurry/ssh";

import type { DoctorFlags } from "../command-line/command-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { buildMissingRecorder } from "../doctor/build-missing-recorder.ts";
import { examine } from "../doctor/examine.ts";
import { outputFor } from "../output.ts";
import { renderFindings } from "../renderers/findings-table.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { guarded } from "../run/guard.ts";
import { sshContext } from "../run/start-command.ts";

/** `flurry doctor`: what this machine has of what Flurry stands on. */
export async function doctor(this: CommandScope, flags: DoctorFlags): Promise<void> {
  const { cli } = this;
  await guarded(this, flags, async ({ signal }) => {
    const output = outputFor(cli, flags);
    const services = await cli.loadServices();
    const nix = { cwd: resolve(cli.cwd, flags.directory ?? "."), env: cli.env };
    if (flags.buildRecorder === true)
      await buildMissingRecorder(flags, { context: cli, output, services, nix, signal });
    const findings = await examine({
      services,
      nix,
      ssh: sshContext(cli, flags, nix.cwd),
      targets: await targetsHere(resolve(nix.cwd, flags.flake ?? "."), signal),
      signal,
    });
    const view = { colors: output.colors, columns: output.stdout.columns() };
    output.stdout.write(output.json ? jsonDocument("doctor", { findings }) : renderFindings(findings, view));
    return findings.some(({ status }) => status === "missing") ? 1 : 0;
  });
}

/** The hosts of a fleet file, if there is one; what is wrong with it is for `flurry check` to say. */
async function targetsHere(directory: string, signal: AbortSignal): Promise<readonly SshTarget[]> {
  const { fleetFile } = await findFleet(directory).catch(() => ({ fleetFile: undefined }));
  if (fleetFile === undefined) return [];
  const fleet = await readFleetFile(fleetFile, { signal }).catch(() => undefined);
  const hosts = fleet?.ok === true ? fleet.value.hosts : [];
  return hosts.filter(({ deploy }) => deploy.local !== "only").map(sshTarget);
}
