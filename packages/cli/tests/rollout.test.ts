import type { FleetLab } from "@flurry/lab";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetLab } from "./support/fleet.ts";

const healthy = '{ environment.etc.motd.text = "second"; }';
const broken = "{ lab.trouble.activationFails = 1; }";
const names = ["first", "second", "third"];

describe("a roll-out in waves of which the second fails", () => {
  let fleet: FleetLab;
  let before: Map<string, string>;
  beforeEach(async () => {
    fleet = await fleetLab({ kind: "synthetic", hosts: names.map((name) => ({ name, init: "mini" as const })) });
    before = new Map();
    for (const host of fleet.lab.hosts) before.set(host.name, (await host.currentSystem()) ?? "");
    await fleet.edit("first", healthy);
    await fleet.edit("second", broken);
    await fleet.edit("third", healthy);
  });
  afterEach(() => fleet[Symbol.asyncDispose]());

  const writeRollout = async (waves: string, onFailure: string): Promise<void> => {
    const hosts = fleet.lab.hosts.map(({ name, address }) => `  ${name}: { address: ${address} }`);
    await fleet.writeFleetFile(`defaults: { deploy: { sshUser: root, confirmTimeout: 20s, activationTimeout: 20s } }
hosts:
${hosts.join("\n")}
rollout: { onFailure: ${onFailure}, waves: ${waves} }
`);
  };
  const statuses = (run: Awaited<ReturnType<typeof deployJson>>): readonly string[] =>
    run.report.verdicts.map(({ status }) => status);

  it("stops before the next wave, and keeps what is confirmed", async () => {
    await writeRollout("[first, second, third]", "stop");
    const run = await deployJson(fleet);
    expect(statuses(run)).toEqual(["deployed", "reverted", "skipped"]);
    await expectConfirmed(fleet, fleet.host("first"), run.verdict("first").after);
    await expectConfirmed(fleet, fleet.host("third"), before.get("third"));
  });

  it("takes the wave back, also from a machine that never had the hosts' old systems", async () => {
    await writeRollout('["first or second", third]', "revert-wave");
    for (const system of before.values()) {
      expect(await fleet.exec(["nix-store", "--delete", "--ignore-liveness", system])).toMatchObject({ exitCode: 0 });
    }
    const run = await deployJson(fleet);
    expect(statuses(run)).toEqual(["reverted", "reverted", "skipped"]);
    for (const name of names) await expectConfirmed(fleet, fleet.host(name), before.get(name));
    expect(run.exitCode).toBe(5);
  });

  it("takes everything back", async () => {
    await writeRollout("[first, second, third]", "revert-all");
    const run = await deployJson(fleet);
    expect(statuses(run)).toEqual(["reverted", "reverted", "skipped"]);
    for (const name of names) await expectConfirmed(fleet, fleet.host(name), before.get(name));
  });
});
