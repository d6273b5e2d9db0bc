import { fileURLToPath } from "node:url";

import type { FleetEvent, ProcessResult, Verdict } from "@flurry/core";
import { outputLineSchema } from "@flurry/deploy";
import type { RunReport } from "@flurry/deploy";
import { FleetLab } from "@flurry/lab";
import type { FleetLabOptions, LabHost } from "@flurry/lab";
import { expect } from "vitest";

/** The command as it is published: dist must be built. */
export const flurryBin = fileURLToPath(new URL("../../bin/flurry.js", import.meta.url));

/** A fleet file for the given hosts of the example, with deadlines that suit a test. */
export function fleetFile(hosts: Readonly<Record<string, string>>, deploy = ""): string {
  const addresses: Readonly<Record<string, string>> = {
    nas: "10.0.20.10",
    compute: "10.0.20.11",
    gateway: "10.0.20.1",
  };
  const entries = Object.entries(hosts).map(
    ([name, more]) => `  ${name}: { address: ${addresses[name]}${more === "" ? "" : `, ${more}`} }`,
  );
  return `defaults: { deploy: { sshUser: root, confirmTimeout: 6s, activationTimeout: 20s${deploy} } }
hosts:
${entries.join("\n")}
rollout: { onFailure: continue }
`;
}

/** A lab with the command under test. */
export async function fleetLab(options: Omit<FleetLabOptions, "flurry">): Promise<FleetLab> {
  return await FleetLab.up({ ...options, flurry: flurryBin });
}

/** What `flurry deploy --json` said. */
export interface JsonRun {
  readonly exitCode: number | null;
  readonly events: readonly FleetEvent[];
  readonly report: RunReport;
  readonly verdict: (host: string) => Verdict;
}

/** Deploys and reads the events and the report. */
export async function deployJson(fleet: FleetLab, args: readonly string[] = []): Promise<JsonRun> {
  return jsonRun(await fleet.flurry(["deploy", "--json", ...args]));
}

/** Reads what `flurry deploy --json` printed. */
export function jsonRun({ exitCode, stdout, stderr }: ProcessResult): JsonRun {
  const lines = stdout.trim().split("\n");
  const last = lines.pop() ?? "";
  if (!last.includes('"kind":"report"')) throw new Error(`no report, exit code ${exitCode}: ${stderr}\n${stdout}`);
  // What is printed is what the published schema says, in every test.
  for (const line of [...lines, last]) outputLineSchema.parse(JSON.parse(line));
  const events = lines.map((line) => JSON.parse(line) as FleetEvent);
  const report = JSON.parse(last) as RunReport;
  const verdict = (host: string): Verdict => {
    const found = report.verdicts.find((each) => each.host === host);
    if (found === undefined) throw new Error(`no verdict for ${host}: ${last}`);
    return found;
  };
  return { exitCode, events, report, verdict };
}

/**
 * The promise of the activation protocol, looked up on the host itself: it is reachable, runs the confirmed system,
 * boots it, and nothing of the run is left.
 */
export async function expectConfirmed(fleet: FleetLab, host: LabHost, system: string | undefined): Promise<void> {
  const ssh = await fleet.exec(["ssh", "-F", fleet.lab.sshConfigFile, host.name, "readlink -f /run/current-system"]);
  expect(ssh).toMatchObject({ exitCode: 0, stdout: `${system}\n` });
  expect(await host.output("readlink -f /nix/var/nix/profiles/system")).toBe(system);
  expect(await host.output("cat /boot/lab-default")).toBe(system);
  expect(await leftovers(host)).toEqual([]);
}

/** Locks, timers, units, pins and processes of Flurry on a host. */
export async function leftovers(host: LabHost): Promise<readonly string[]> {
  const text = await host.output(`
    ls /run/flurry 2>/dev/null
    ls /nix/var/nix/gcroots | grep flurry
    systemctl list-units --all --plain --no-legend 2>/dev/null | grep '^flurry-'
    ps -eo args= | grep '[s]upervisor[.]sh'
    for run in /var/lib/flurry/runs/*; do [ ! -d "$run" ] || [ -e "$run/verdict" ] || echo "open: $run"; done
    true`);
  return text.split("\n").filter((line) => line !== "");
}
