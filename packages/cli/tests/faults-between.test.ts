import { leftovers, testedInits } from "@flurry/lab";
import type { FleetLab, LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  deployJson,
  expectConfirmed,
  fleetFile,
  fleetLab,
  flurryBin,
  jsonRun,
  unhealthyUntilTold,
} from "./support/fleet.ts";

// Time for a test to see the new system, and for a deployer to be killed before it is over.
const held = fleetFile({ compute: unhealthyUntilTold }, { confirmTimeout: "12s" });

describe.each(testedInits)("between try and commit, on a host with %s", (init) => {
  let fleet: FleetLab;
  let host: LabHost;
  let before: string | undefined;
  beforeAll(async () => {
    fleet = await fleetLab({ hosts: [{ name: "compute", init }], fleetFile: held });
    host = fleet.host("compute");
    before = await host.currentSystem();
    await fleet.edit("compute", '{ environment.etc.motd.text = "second"; }');
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  async function untilProving(deployment: { readonly lines: AsyncIterable<string> }): Promise<void> {
    for await (const line of deployment.lines) {
      if (line.includes('"stage-started"') && line.includes('"prove"')) return;
    }
    throw new Error("the deployment ended before it proved anything");
  }

  it("the deployer is killed: the host goes back by itself", async () => {
    await using deployment = fleet.spawnFlurry(["deploy", "--json"]);
    await untilProving(deployment);
    deployment.kill("SIGKILL");
    expect(await host.currentSystem()).not.toBe(before);
    await expect.poll(() => host.currentSystem()).toBe(before);
    await expect.poll(() => leftovers(host)).toEqual([]);
    await expectConfirmed(fleet, host, before);
  });

  it("the power is cut: the host boots what was confirmed, and the deployer learns it", async () => {
    await using deployment = fleet.spawnFlurry(["deploy", "--json"]);
    await untilProving(deployment);
    await host.powerCut();
    await host.powerOn();
    const { stdout, exitCode } = await deployment.exited;
    expect(stdout).toContain('"status":"reverted"');
    expect(exitCode).toBe(8);
    await expectConfirmed(fleet, host, before);
  });

  it("deployer and power are lost: the next command finds the host on what was confirmed", async () => {
    await using deployment = fleet.spawnFlurry(["deploy", "--json"]);
    await untilProving(deployment);
    deployment.kill("SIGKILL");
    await host.powerCut();
    await host.powerOn();
    expect((await fleet.flurry(["status", "--no-eval"])).exitCode).toBe(0);
    await expectConfirmed(fleet, host, before);
  });

  it("a health check that never passes: the host is asked to go back, and the reason is told", async () => {
    const run = await deployJson(fleet, ["--confirm-timeout", "4s"]);
    expect(run.verdict("compute")).toMatchObject({ status: "reverted", after: before });
    await expectConfirmed(fleet, host, before);
  });

  it("Ctrl-C twice: the deployer leaves at once and the host goes back by itself", async () => {
    // In the lab a shell sends the signals: from outside they would end the lab's own wrapper as well.
    const script = `"$0" "$1" deploy --json > run.ndjson & deployer=$!
      until grep -q '"stage":"prove"' run.ndjson; do sleep 0.05; done
      kill -INT $deployer; sleep 0.3; kill -INT $deployer; wait $deployer`;
    const words = ["sh", "-c", script, process.execPath, flurryBin];
    const { exitCode } = await fleet.exec(words, { cwd: fleet.directory });
    expect(exitCode).toBe(130);
    await expect.poll(() => host.currentSystem()).toBe(before);
    await expect.poll(() => leftovers(host)).toEqual([]);
    await expectConfirmed(fleet, host, before);
  });
});

it("Nix is killed on the host in the middle of the copy: it is copied once more", async () => {
  await using fleet = await fleetLab({ hosts: ["compute"], fleetFile: fleetFile({ compute: "" }) });
  const host = fleet.host("compute");
  await fleet.edit("compute", "{ lab.blobs = { count = 6; mib = 8; seed = 7; }; }");
  await host.rate("80mbit");
  await using deployment = fleet.spawnFlurry(["deploy", "--json"]);
  for await (const line of deployment.lines) if (line.includes('"stage-progress"') && line.includes('"copy"')) break;
  expect(await host.killNix()).toBe(true);
  const { events, verdict } = jsonRun(await deployment.exited);
  expect(verdict("compute").status).toBe("deployed");
  expect(events).toContainEqual(
    expect.objectContaining({ kind: "log", stage: "copy", line: expect.stringContaining("copying once more: ") }),
  );
  await expectConfirmed(fleet, host, verdict("compute").after);
});

it("a host that forgets /var at a reboot is told by what it runs", async () => {
  await using fleet = await fleetLab({ hosts: ["compute"], fleetFile: held });
  const host = fleet.host("compute");
  const before = await host.currentSystem();
  await fleet.edit("compute", '{ environment.etc.motd.text = "second"; }');
  await using deployment = fleet.spawnFlurry(["deploy", "--json"]);
  for await (const line of deployment.lines) if (line.includes('"stage":"prove"')) break;
  await host.run("rm -rf /var/lib/flurry");
  await host.reset();
  const { stdout } = await deployment.exited;
  expect(stdout).toContain("kept no record of the run");
  expect(stdout).toContain('"status":"reverted"');
  await expectConfirmed(fleet, host, before);
});
