import type { FleetLab } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetFile, fleetLab, jsonRun } from "./support/fleet.ts";

const hosts = ["nas", "compute", "gateway"] as const;

describe("between hosts and waves", () => {
  let fleet: FleetLab;
  let edits = 0;
  beforeAll(async () => {
    fleet = await fleetLab({ hosts });
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  /** A change for every host, and another one for some. */
  async function editAll(more: Readonly<Record<string, string>> = {}): Promise<void> {
    edits += 1;
    for (const host of hosts)
      await fleet.edit(host, `{ environment.etc.motd.text = "edit ${edits}"; ${more[host] ?? ""} }`);
  }
  async function write(of: Readonly<Record<string, string>>, rollout: string): Promise<void> {
    await fleet.writeFleetFile(fleetFile(of).replace(/^rollout:.*$/m, `rollout: { ${rollout} }`));
  }

  it("leaves a host alone that depends on one that failed, and no other", async () => {
    await write({ nas: "", compute: "dependsOn: [nas]", gateway: "" }, "onFailure: continue");
    await editAll({ nas: "lab.trouble.activationFails = 3;" });
    const before = await fleet.host("compute").currentSystem();
    const run = await deployJson(fleet);
    expect(run.report.verdicts.map(({ host, status }) => [host, status])).toEqual([
      ["nas", "reverted"],
      ["compute", "skipped"],
      ["gateway", "deployed"],
    ]);
    expect(run.verdict("compute").error).toMatchObject({ message: "nas, which it depends on, was not deployed" });
    await expectConfirmed(fleet, fleet.host("compute"), before);
  });

  it("deploys a host after what it depends on", async () => {
    await editAll();
    const run = await deployJson(fleet);
    expect(run.exitCode).toBe(0);
    const at = (host: string, kind: "stage-started" | "verdict"): number => {
      const found = run.events.find(
        (event) =>
          event.kind === kind &&
          (event.kind === "verdict" ? event.verdict.host === host : event.host === host && event.stage === "preflight"),
      );
      return found?.at ?? Number.NaN;
    };
    expect(at("nas", "verdict")).toBeLessThanOrEqual(at("compute", "stage-started"));
  });

  it("takes a wave back whose hosts do not stay healthy", async () => {
    // Whatever the host runs: the check fails on the way back too, which takes contact alone.
    const check = 'health: [{ command: "test ! -e /run/sick", timeout: 5s }]';
    await write(
      { nas: check, compute: "", gateway: "" },
      'onFailure: revert-all, waves: [{ hosts: nas, pause: 2s, health: true }, "*"]',
    );
    await editAll();
    const before = await fleet.host("nas").currentSystem();
    const running = fleet.spawnFlurry(["deploy", "--json"]);
    const lines: string[] = [];
    for await (const text of running.lines) {
      lines.push(text);
      if (text.includes('"state":"pausing"')) await fleet.host("nas").run("touch /run/sick");
    }
    const { exitCode } = await running.exited;
    const run = jsonRun({
      exitCode,
      signal: null,
      stdout: lines.filter((line) => line.startsWith("{")).join("\n"),
      stderr: "",
    });
    await fleet.host("nas").run("rm /run/sick");
    expect(run.report.verdicts.map(({ host, status, error }) => [host, status, error?.code])).toEqual([
      ["nas", "reverted", "FLURRY_HEALTH_FAILED"],
      ["compute", "skipped", "FLURRY_ABORTED"],
      ["gateway", "skipped", "FLURRY_ABORTED"],
    ]);
    await expectConfirmed(fleet, fleet.host("nas"), before);
  });

  it("asks before a wave, and begins nothing where nobody can answer", async () => {
    await write({ nas: "", compute: "", gateway: "" }, 'waves: [{ hosts: nas, ask: true }, "*"]');
    await editAll();
    const before = await fleet.host("nas").currentSystem();
    const refused = await fleet.flurry(["deploy"]);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("hint: --yes agrees to every wave") });
    expect(await fleet.host("nas").currentSystem()).toBe(before);
    const agreed = await deployJson(fleet, ["--yes"]);
    expect(agreed.report.verdicts.map(({ status }) => status)).toEqual(["deployed", "deployed", "deployed"]);
  });

  it("leaves out what is optional and cannot be reached, and says so", async () => {
    await write({ nas: "", compute: "deploy: { unreachable: skip }", gateway: "" }, "onFailure: stop");
    await editAll();
    await fleet.host("compute").link("down");
    const run = await deployJson(fleet, ["nas", "compute"]);
    expect(run.exitCode).toBe(0);
    expect(run.verdict("nas").status).toBe("deployed");
    expect(run.verdict("compute")).toMatchObject({ status: "skipped", note: expect.stringContaining("left out: ") });
    expect(run.verdict("compute").error).toBeUndefined();
    const strict = await deployJson(fleet, ["compute", "--unreachable", "fail"]);
    expect(strict.verdict("compute").status).toBe("unreachable");
    expect(strict.exitCode).toBe(6);
    await fleet.host("compute").link("up");
  });
});
