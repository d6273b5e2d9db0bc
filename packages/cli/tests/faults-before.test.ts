import type { FleetLab, LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetFile, fleetLab } from "./support/fleet.ts";

describe("what goes wrong before a host is touched leaves it as it was", () => {
  let fleet: FleetLab;
  let host: LabHost;
  let before: string | undefined;
  beforeAll(async () => {
    fleet = await fleetLab({
      hosts: ["nas", { name: "compute", sudo: "refused" }, "gateway"],
      fleetFile: fleetFile({ nas: "", compute: "", gateway: "" }),
    });
    host = fleet.host("compute");
    before = await host.currentSystem();
    for (const name of ["nas", "compute", "gateway"])
      await fleet.edit(name, '{ environment.etc.motd.text = "second"; }');
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  it("a host that cannot be reached: the others are deployed", async () => {
    await host.link("down");
    const run = await deployJson(fleet);
    await host.link("up");
    expect(run.report.verdicts.map(({ status }) => status)).toEqual(["deployed", "unreachable", "deployed"]);
    expect(run.verdict("compute").error?.code).toBe("FLURRY_SSH_UNREACHABLE");
    expect(run.exitCode).toBe(6);
    await expectConfirmed(fleet, host, before);
  });

  it("a host that shows another key", async () => {
    await host.changeHostKey();
    const run = await deployJson(fleet, ["compute"]);
    expect(run.verdict("compute")).toMatchObject({
      status: "unreachable",
      error: { code: "FLURRY_SSH_HOST_KEY_CHANGED" },
    });
    expect(await host.currentSystem()).toBe(before);
    await host.changeHostKey({ record: true });
    await expectConfirmed(fleet, host, before);
  });

  it.each([
    ["a user that does not exist", "nobody-here", "unreachable", "FLURRY_SSH_AUTH_FAILED"],
    ["a user that may not use sudo", "deploy", "failed", "FLURRY_SUDO_REFUSED"],
  ])("%s", async (_, user, status, code) => {
    await fleet.writeFleetFile(fleetFile({ compute: `deploy: { sshUser: ${user} }` }));
    const run = await deployJson(fleet, ["compute"]);
    expect(run.verdict("compute")).toMatchObject({ status, error: { code } });
    await expectConfirmed(fleet, host, before);
    await fleet.writeFleetFile(fleetFile({ nas: "", compute: "", gateway: "" }));
  });

  it("a host that someone else is deploying to: told who and since when", async () => {
    await host.run(
      `mkdir -p /run/flurry && printf 'other-run\\n%s\\n1700000000\\nbob@laptop\\n' $(($(cut -d. -f1 /proc/uptime) + 60)) > /run/flurry/lock`,
    );
    const run = await deployJson(fleet, ["compute"]);
    expect(run.verdict("compute").error).toMatchObject({ code: "FLURRY_HOST_LOCKED" });
    expect(run.verdict("compute").error?.message).toContain(
      "bob@laptop is deploying to the host since 2023-11-14T22:13:20",
    );
    expect(run.exitCode).toBe(7);
    await host.run("rm /run/flurry/lock");
    await expectConfirmed(fleet, host, before);
  });

  it("a lock whose owner died is taken over", async () => {
    await host.run("printf 'dead-run\\n1\\n1700000000\\nbob@laptop\\n' > /run/flurry/lock");
    const run = await deployJson(fleet, ["compute", "--goal", "dry-activate"]);
    expect(run.verdict("compute").status).toBe("unchanged");
    await expectConfirmed(fleet, host, before);
  });

  it("a configuration that does not evaluate on one host of three: the others are deployed", async () => {
    await fleet.edit("nas", '{ environment.etc.motd.text = "third"; }');
    await fleet.edit("gateway", '{ environment.etc.motd.text = "third"; }');
    await fleet.edit("compute", "{ environment.etc.motd.text = 1 + undefined-thing; }");
    const run = await deployJson(fleet);
    expect(run.report.verdicts.map(({ status }) => status)).toEqual(["deployed", "failed", "deployed"]);
    expect(run.verdict("compute").error).toMatchObject({ code: "FLURRY_EVAL_FAILED", place: { line: 1 } });
    expect(run.verdict("compute").error?.place?.file).toContain("hosts/compute/edit.nix");
    expect(run.exitCode).toBe(4);
    await expectConfirmed(fleet, host, before);
  });

  it("a system that does not build: the log's end tells why", async () => {
    const broken =
      'derivation { name = "broken"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo the compiler is on strike; exit 3" ]; }';
    await fleet.edit("compute", `{ environment.etc.broken.source = ${broken}; }`);
    const run = await deployJson(fleet, ["compute"]);
    expect(run.verdict("compute")).toMatchObject({ status: "failed", error: { code: "FLURRY_BUILD_FAILED" } });
    expect(run.verdict("compute").error?.details).toContain("the compiler is on strike");
    await expectConfirmed(fleet, host, before);
  });
});

describe("a host whose disk is full", () => {
  it("is told before anything is sent, and takes the same system when there is room again", async () => {
    await using fleet = await fleetLab({
      hosts: [{ name: "compute", storeSizeMiB: 60 }],
      fleetFile: fleetFile({ compute: "" }),
    });
    const host = fleet.host("compute");
    const before = await host.currentSystem();
    await fleet.edit("compute", "{ lab.blobs = { count = 4; mib = 5; seed = 1; }; }");
    await host.fillDisk({ leaveBytes: 10_000_000 });
    const run = await deployJson(fleet);
    expect(run.verdict("compute")).toMatchObject({ status: "failed", error: { code: "FLURRY_HOST_DISK_FULL" } });
    await expectConfirmed(fleet, host, before);
    await host.freeDisk();
    expect((await deployJson(fleet)).verdict("compute").status).toBe("deployed");
    await expectConfirmed(fleet, host, (await fleet.systems()).get("compute"));
  });
});
