import { testedInits } from "@flurry/lab";
import type { FleetLab } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetLab } from "./support/fleet.ts";
import type { JsonRun } from "./support/fleet.ts";

interface Trouble {
  readonly name: string;
  readonly nix: string;
  readonly code: string;
}

const troubles: readonly Trouble[] = [
  { name: "fails", nix: "lab.trouble.activationFails = 1;", code: "FLURRY_ACTIVATION_FAILED" },
  { name: "hangs", nix: "lab.trouble.activationHangs = true;", code: "FLURRY_ACTIVATION_TIMEOUT" },
  { name: "crashes", nix: "lab.trouble.activationCrashes = true;", code: "FLURRY_NOT_CONFIRMED" },
  { name: "cuts-network", nix: "lab.trouble.cutNetwork = true;", code: "FLURRY_NOT_CONFIRMED" },
  { name: "wrong-address", nix: 'lab.trouble.wrongAddress = "10.0.99.9";', code: "FLURRY_NOT_CONFIRMED" },
  { name: "drops-ssh", nix: "lab.trouble.dropSsh = true;", code: "FLURRY_NOT_CONFIRMED" },
  { name: "stops-sshd", nix: "lab.trouble.stopSshd = true;", code: "FLURRY_NOT_CONFIRMED" },
  { name: "locks-out", nix: "lab.trouble.removeKeys = true;", code: "FLURRY_NOT_CONFIRMED" },
  { name: "no-boot-entry", nix: "lab.trouble.bootloaderFails = true;", code: "FLURRY_COMMIT_FAILED" },
  { name: "unit-fails-strict", nix: "lab.trouble.failUnit = true;", code: "FLURRY_UNITS_FAILED" },
];
const healthy = '{ environment.etc.motd.text = "second"; }';

describe.each(testedInits)("ten systems with a fault each, at once, on hosts with %s", (init) => {
  let fleet: FleetLab;
  let run: JsonRun;
  let before: Map<string, string | undefined>;
  beforeAll(async () => {
    const names = [...troubles.map(({ name }) => name), "unit-fails", "fine"];
    fleet = await fleetLab({ kind: "synthetic", hosts: names.map((name) => ({ name, init })) });
    before = new Map(
      await Promise.all(fleet.lab.hosts.map(async (host) => [host.name, await host.currentSystem()] as const)),
    );
    const lines = fleet.lab.hosts.map(
      ({ name, address }) =>
        `  ${name}: { address: ${address}${name.endsWith("strict") ? ", deploy: { unitFailure: strict }" : ""} }`,
    );
    await fleet.writeFleetFile(`defaults: { deploy: { sshUser: root, confirmTimeout: 20s, activationTimeout: 20s } }
hosts:
${lines.join("\n")}
rollout: { onFailure: continue, parallel: { activate: 12 } }
`);
    for (const { name, nix } of troubles) await fleet.edit(name, `{ ${nix} }`);
    await fleet.edit("unit-fails", "{ lab.trouble.failUnit = true; }");
    await fleet.edit("fine", healthy);
    run = await deployJson(fleet);
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  it.each(troubles)("$name: the host is back on its old system, and reachable", async ({ name, code }) => {
    const verdict = run.verdict(name);
    expect(verdict).toMatchObject({ status: "reverted", after: before.get(name) });
    expect(verdict.error?.code).toBe(code);
    await expectConfirmed(fleet, fleet.host(name), before.get(name));
  });

  it("the host without a fault got its system, whatever happened around it", async () => {
    expect(run.verdict("fine").status).toBe("deployed");
    await expectConfirmed(fleet, fleet.host("fine"), run.verdict("fine").after);
    expect(await fleet.host("fine").output("cat /etc/motd")).toBe("second");
  });

  it("failed units are told and do not revert a host whose policy is degraded", async () => {
    expect(run.verdict("unit-fails")).toMatchObject({ status: "deployed", failedUnits: ["lab-failing.service"] });
    await expectConfirmed(fleet, fleet.host("unit-fails"), run.verdict("unit-fails").after);
  });

  it("the run's exit code says that hosts went back", () => {
    expect(run.exitCode).toBe(8);
  });

  it("each of them takes a good system afterwards", async () => {
    for (const { name } of troubles) await fleet.edit(name, healthy);
    const again = await deployJson(
      fleet,
      troubles.map(({ name }) => name),
    );
    expect(again.report.verdicts.map(({ host, status }) => [host, status])).toEqual(
      troubles.map(({ name }) => [name, "deployed"]),
    );
    expect(again.exitCode).toBe(0);
  });
});
