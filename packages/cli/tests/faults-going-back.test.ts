import type { FleetLab } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetLab, jsonRun } from "./support/fleet.ts";

const names = ["first", "second", "third"];

describe("a roll-out that takes its hosts back", () => {
  let fleet: FleetLab;
  let before: Map<string, string>;
  beforeAll(async () => {
    fleet = await fleetLab({ kind: "synthetic", hosts: names.map((name) => ({ name, init: "mini" as const })) });
    before = new Map();
    for (const host of fleet.lab.hosts) before.set(host.name, (await host.currentSystem()) ?? "");
    const hosts = fleet.lab.hosts.map(({ name, address }) => `  ${name}: { address: ${address} }`);
    await fleet.writeFleetFile(`defaults: { deploy: { sshUser: root, confirmTimeout: 20s, activationTimeout: 20s } }
hosts:
${hosts.join("\n")}
rollout: { onFailure: revert-all, waves: ["first or second", third] }
`);
    for (const name of ["first", "second"]) await fleet.edit(name, '{ environment.etc.motd.text = "second"; }');
    await fleet.edit("third", "{ lab.trouble.activationFails = 1; }");
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  it("a dry activation takes nothing back, whatever it comes to", async () => {
    await fleet.edit("third", "{ lab.trouble.initInterfaceChanged = true; }");
    const { verdict } = await deployJson(fleet, ["--goal", "dry-activate"]);
    expect(names.map((name) => verdict(name).status)).toEqual(["unchanged", "unchanged", "failed"]);
    expect(verdict("third").error?.message).toContain("dry-activate ended with exit code");
    for (const name of names) await expectConfirmed(fleet, fleet.host(name), before.get(name));
    await fleet.edit("third", "{ lab.trouble.activationFails = 1; }");
  });

  it("a host that ran its system already is not touched when the others are taken back", async () => {
    await fleet.edit("first", "{ }");
    const first = fleet.host("first");
    // An earlier generation is what going back by one would lead to.
    const profile = "/nix/var/nix/profiles/system";
    await first.output(`nix-env -p ${profile} --set "$(nix-store --add /etc/hostname)"`);
    await first.output(`nix-env -p ${profile} --set ${before.get("first")}`);
    const shown = "cd /nix/var/nix/profiles; ls; stat -c '%N %Z' system /run/current-system /boot/lab-default";
    const stood = await first.output(shown);
    const { verdict } = await deployJson(fleet);
    expect(names.map((name) => verdict(name).status)).toEqual(["unchanged", "reverted", "reverted"]);
    expect(await first.output(shown)).toBe(stood);
    await fleet.edit("first", '{ environment.etc.motd.text = "second"; }');
  });

  it("what was only to boot next is taken back without being activated", async () => {
    await fleet.edit("third", "{ lab.trouble.bootloaderFails = true; }");
    const boots = await Promise.all(names.map((name) => fleet.host(name).output("stat -c %Z /run/current-system")));
    const { verdict } = await deployJson(fleet, ["--goal", "boot"]);
    expect(names.map((name) => verdict(name).status)).toEqual(["reverted", "reverted", "reverted"]);
    for (const name of names) await expectConfirmed(fleet, fleet.host(name), before.get(name));
    const after = await Promise.all(names.map((name) => fleet.host(name).output("stat -c %Z /run/current-system")));
    expect(after).toEqual(boots);
    await fleet.edit("third", "{ lab.trouble.activationFails = 1; }");
  });

  it("a host that cannot be taken back does not keep the next one from it", async () => {
    const lost = fleet.host("first");
    await using deployment = fleet.spawnFlurry(["deploy", "--json"]);
    for await (const line of deployment.lines)
      if (line.includes('"host":"third"') && line.includes('"stage":"revert"')) break;
    await lost.link("down");
    const { verdict } = jsonRun(await deployment.exited);
    await lost.link("up");
    expect(verdict("second").status).toBe("reverted");
    expect(verdict("first")).toMatchObject({ status: "failed", error: { code: "FLURRY_REVERT_FAILED" } });
    await expectConfirmed(fleet, fleet.host("second"), before.get("second"));
    await expectConfirmed(fleet, lost, verdict("first").after);
  });
});
