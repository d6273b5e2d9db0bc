import { leftovers } from "@flurry/lab";
import type { FleetLab, LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, fleetFile, fleetLab } from "./support/fleet.ts";

describe("a deployment that changes how its host is reached", () => {
  let fleet: FleetLab;
  let host: LabHost;
  beforeAll(async () => {
    fleet = await fleetLab({ hosts: ["compute"], fleetFile: fleetFile({ compute: "" }) });
    host = fleet.host("compute");
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  async function fleetWith(deploy: string): Promise<void> {
    await fleet.writeFleetFile(fleetFile({ compute: `deploy: { ${deploy} }` }));
  }

  it("is not confirmed at the old place when it is to be found at a new one", async () => {
    const before = await host.currentSystem();
    await fleetWith("confirmVia: [10.0.20.77], confirmTimeout: 4s");
    await fleet.edit("compute", '{ environment.etc.motd.text = "stays where it is"; }');
    const { verdict } = await deployJson(fleet);
    expect(verdict("compute")).toMatchObject({
      status: "reverted",
      after: before,
      error: { code: "FLURRY_NOT_CONFIRMED" },
    });
    expect(await leftovers(host)).toEqual([]);
  });

  it("is confirmed at its new address, and found there by the next command", async () => {
    await fleetWith("confirmVia: [10.0.20.77], confirmTimeout: 20s");
    await fleet.edit("compute", '{ lab.trouble.wrongAddress = "10.0.20.77"; }');
    const { verdict } = await deployJson(fleet);
    expect(verdict("compute").status).toBe("deployed");
    expect(await host.currentSystem()).toBe(verdict("compute").after);
    expect(await host.output("ip -o -4 address show dev eth0")).toContain(" 10.0.20.77/");
    expect(await leftovers(host)).toEqual([]);
    expect((await fleet.flurry(["status", "--no-eval"])).exitCode).toBe(0);
  });

  it("is confirmed at its old address again when that is the new one", async () => {
    await fleet.writeFleetFile(
      fleetFile({ compute: "deploy: { confirmVia: [10.0.20.11], confirmTimeout: 20s }" }).replace(
        "address: 10.0.20.11",
        "address: 10.0.20.77",
      ),
    );
    await fleet.exec([
      "sh",
      "-c",
      `sed -n 's/^compute,10.0.20.11/10.0.20.77/p' "$0" > more && cat more >> "$0"`,
      fleet.lab.knownHostsFile,
    ]);
    await fleet.edit("compute", '{ environment.etc.motd.text = "back"; }');
    const { verdict } = await deployJson(fleet);
    expect(verdict("compute").status).toBe("deployed");
    expect(await host.output("ip -o -4 address show dev eth0")).toContain(" 10.0.20.11/");
  });

  it("is confirmed at its new port, and copied to there by the next deployment", async () => {
    await fleetWith('confirmVia: ["10.0.20.11:2222"], confirmTimeout: 20s');
    for (const text of ["first at 2222", "second at 2222"]) {
      await fleet.edit("compute", `{ services.openssh.ports = [ 2222 ]; environment.etc.motd.text = "${text}"; }`);
      const { verdict } = await deployJson(fleet);
      expect(verdict("compute").status).toBe("deployed");
      expect(await host.output("cat /etc/motd")).toBe(text);
    }
    expect(await leftovers(host)).toEqual([]);
  });
});

it("a host is reached at the first of its addresses that works, IPv6 ones among them", async () => {
  await using fleet = await fleetLab({ hosts: ["compute"], fleetFile: fleetFile({ compute: "" }) });
  const host = fleet.host("compute");
  await host.output("ip -6 address add fd00:f1::11/64 dev eth0 nodad");
  const device = "ip -o route get 10.0.20.11 | sed -n 's/.* dev \\([^ ]*\\) .*/\\1/p'";
  await fleet.exec(["sh", "-c", `ip -6 address add fd00:f1::1/64 dev "$(${device})" nodad`]);
  await fleet.exec([
    "sh",
    "-c",
    `sed -n 's/^compute,10.0.20.11/fd00:f1::11/p' "$0" > more && cat more >> "$0"`,
    fleet.lab.knownHostsFile,
  ]);
  const file = fleetFile({ compute: "" }).replace("address: 10.0.20.11", 'addresses: ["10.0.20.99", "fd00:f1::11"]');
  await fleet.writeFleetFile(file);
  await fleet.edit("compute", '{ environment.etc.motd.text = "over IPv6"; }');
  const { verdict } = await deployJson(fleet);
  expect(verdict("compute").status).toBe("deployed");
  const where = await fleet.flurry(["exec", "compute", "--json", "--", "sh", "-c", "echo $SSH_CONNECTION"]);
  expect(where.stdout).toContain("fd00:f1::11 22");
});
