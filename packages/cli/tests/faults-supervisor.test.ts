import { leftovers, testedInits } from "@flurry/lab";
import type { FleetLab, LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetFile, fleetLab, jsonRun, unhealthyUntilTold } from "./support/fleet.ts";

// Where the supervisor is killed, the host goes back when this time is over.
const confirmTimeout = "12s";
const records = "/var/lib/flurry/runs";

// The dead-man timers of a host without systemd are shells that sleep; like systemd itself they are left alone.
const killSupervisor = `
killed=1
for file in /proc/[0-9]*/cmdline; do
  line=$(tr '\\0' ' ' < "$file" 2> /dev/null) || continue
  case $line in
    *' timer '*) ;;
    */supervisor[.]sh\\ *) pid=\${file#/proc/}; kill -KILL "\${pid%/cmdline}" && killed=0 ;;
  esac
done
exit $killed`;

describe.each(testedInits)("the supervisor is killed on a host with %s", (init) => {
  let fleet: FleetLab;
  let host: LabHost;
  let version = 0;
  beforeAll(async () => {
    fleet = await fleetLab({
      hosts: [{ name: "compute", init }],
      fleetFile: fleetFile({ compute: "" }, { confirmTimeout }),
    });
    host = fleet.host("compute");
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  async function newSystem(more = ""): Promise<void> {
    version += 1;
    await fleet.edit("compute", `{ environment.etc.motd.text = "version ${version}"; ${more} }`);
  }

  /** Deploys and kills every process of the supervisor when a field of the run's record appears. */
  async function deployAndKillAt(field: string): Promise<ReturnType<typeof jsonRun>> {
    await using deployment = fleet.spawnFlurry(["deploy", "--json"]);
    for await (const line of deployment.lines) {
      const [, runId] = /"runId":"([^"]+)"/.exec(line) ?? [];
      if (runId === undefined) continue;
      await host.when(`${records}/${runId}/${field}`, () => host.run(killSupervisor));
      break;
    }
    return jsonRun(await deployment.exited);
  }

  it.each(["token", "tried", "token.commit"])("when %s is written: deployer and host agree", async (field) => {
    const before = await host.currentSystem();
    await newSystem();
    const { verdict } = await deployAndKillAt(field);
    const { status, after } = verdict("compute");
    expect(["deployed", "reverted"]).toContain(status);
    await expect.poll(() => leftovers(host)).toEqual([]);
    await expectConfirmed(fleet, host, status === "deployed" ? after : before);
  });

  it.each(["token.revert", "undoing"])("when %s is written: the host still goes back", async (field) => {
    const before = await host.currentSystem();
    await newSystem();
    await fleet.writeFleetFile(fleetFile({ compute: unhealthyUntilTold }, { confirmTimeout }));
    const { verdict } = await deployAndKillAt(field);
    await fleet.writeFleetFile(fleetFile({ compute: "" }, { confirmTimeout }));
    expect(verdict("compute")).toMatchObject({ status: "reverted", after: before });
    await expect.poll(() => leftovers(host)).toEqual([]);
    await expectConfirmed(fleet, host, before);
  });

  it("when the verdict is written: what is left is cleared up by itself or by the next command", async () => {
    await newSystem();
    const { verdict } = await deployAndKillAt("verdict");
    expect(verdict("compute").status).toBe("deployed");
    expect((await fleet.flurry(["status", "--no-eval"])).exitCode).toBe(0);
    await expect.poll(() => leftovers(host)).toEqual([]);
    await expectConfirmed(fleet, host, verdict("compute").after);
  });

  it("a commit that hangs is ended, and the host goes back", async () => {
    const before = await host.currentSystem();
    const hangs = 'lib.mkForce (pkgs.writeShellScript "hangs" "sleep 600")';
    await fleet.edit("compute", `{ lib, pkgs, ... }: { system.build.installBootLoader = ${hangs}; }`);
    const { verdict } = await deployJson(fleet, ["--activation-timeout", "8s"]);
    expect(verdict("compute")).toMatchObject({
      status: "reverted",
      after: before,
      error: { code: "FLURRY_COMMIT_FAILED" },
    });
    await expectConfirmed(fleet, host, before);
    await expect.poll(() => host.output("ps -eo args= | grep '[s]leep 600' || true")).toBe("");
  });

  it("before it began, by a power cut: the next command forgets the run", async () => {
    const before = await host.currentSystem();
    await newSystem("lab.blobs = { count = 4; mib = 16; };");
    await using deployment = fleet.spawnFlurry(["deploy", "--json"]);
    for await (const line of deployment.lines) if (line.includes('"stage":"copy"')) break;
    await host.powerCut();
    deployment.kill("SIGKILL");
    await host.powerOn();
    expect((await fleet.flurry(["status", "--no-eval"])).exitCode).toBe(0);
    await expectConfirmed(fleet, host, before);
  });

  it("a power cut brings up a boot default that was set for the next boot, and both sides say so", async () => {
    await newSystem();
    const booted = await deployJson(fleet, ["--goal", "boot"]);
    expect(booted.verdict("compute").status).toBe("deployed");
    const next = await host.output("readlink -f /nix/var/nix/profiles/system");
    expect(await host.currentSystem()).not.toBe(next);
    await newSystem("lab.trouble.activationCrashes = true;");
    const { verdict } = await deployJson(fleet);
    expect(verdict("compute")).toMatchObject({ status: "reverted", after: next });
    await expectConfirmed(fleet, host, next);
  });
});
