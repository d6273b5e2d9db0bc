import { fileURLToPath } from "node:url";

import type { FleetEvent, ProcessResult, Verdict } from "@flurry/core";
import { outputLineSchema } from "@flurry/deploy";
import type { RunReport } from "@flurry/deploy";
import { FleetLab, leftovers } from "@flurry/lab";
import type { FleetLabOptions, LabHost } from "@flurry/lab";
import { expect } from "vitest";

/** The command as it is published: dist must be built. */
export const flurryBin = fileURLToPath(new URL("../../bin/flurry.js", import.meta.url));

/** A check that passes once a test says so: until then it holds a deployment between try and commit. */
export const unhealthyUntilTold = 'health: [{ command: "test -e /run/healthy", timeout: 60s }]';

/**
 * A fleet file for the given hosts of the example. Hosts wait for a confirmation as long as a deployer on a busy machine
 * may need for it; where a test waits until they go back, it makes that time short.
 */
export function fleetFile(hosts: Readonly<Record<string, string>>, { confirmTimeout = "30s" } = {}): string {
  const addresses: Readonly<Record<string, string>> = {
    nas: "10.0.20.10",
    compute: "10.0.20.11",
    gateway: "10.0.20.1",
  };
  const entries = Object.entries(hosts).map(
    ([name, more]) => `  ${name}: { address: ${addresses[name]}${more === "" ? "" : `, ${more}`} }`,
  );
  return `defaults: { deploy: { sshUser: root, confirmTimeout: ${confirmTimeout}, activationTimeout: 20s } }
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
