import type { Verdict } from "@flurry/core";
import type { RollbackMove, RollbackReport } from "@flurry/deploy";
import { testedInits } from "@flurry/lab";
import type { FleetLab, LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetFile, fleetLab } from "./support/fleet.ts";

async function rollback(fleet: FleetLab, args: readonly string[]) {
  const { stdout, stderr, exitCode } = await fleet.flurry(["rollback", "--json", ...args]);
  const last = stdout.trim().split("\n").at(-1) ?? "";
  if (!last.includes('"kind":"report"')) throw new Error(`no report, exit code ${exitCode}: ${stderr}\n${stdout}`);
  const report = JSON.parse(last) as RollbackReport;
  return { exitCode, verdict: report.verdicts[0] as Verdict, move: report.moves[0] as RollbackMove };
}

describe.each(testedInits)("flurry rollback, on a host with %s", (init) => {
  let fleet: FleetLab;
  let host: LabHost;
  const systems: string[] = [];
  beforeAll(async () => {
    fleet = await fleetLab({ hosts: [{ name: "compute", init }], fleetFile: fleetFile({ compute: "" }) });
    host = fleet.host("compute");
    systems.push((await host.currentSystem()) ?? "");
    for (const motd of ["second", "third"]) {
      await fleet.edit("compute", `{ environment.etc.motd.text = "${motd}"; }`);
      await deployJson(fleet);
      systems.push((await host.currentSystem()) ?? "");
    }
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  it("begins with three systems", () => {
    expect(new Set(systems).size).toBe(3);
  });

  it("--dry-run says where from and where to, and touches nothing", async () => {
    const { exitCode, stdout } = await fleet.flurry(["rollback", "--dry-run"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("would go back");
    expect(stdout).toContain("3 → 2");
    await expectConfirmed(fleet, host, systems[2]);
  });

  it("goes back to the generation before, and makes no new one", async () => {
    const { exitCode, verdict, move } = await rollback(fleet, []);
    expect({ exitCode, status: verdict.status, generation: verdict.generation }).toEqual({
      exitCode: 0,
      status: "deployed",
      generation: 2,
    });
    expect(move).toEqual({
      host: "compute",
      from: { generation: 3, system: systems[2] },
      to: { generation: 2, system: systems[1] },
    });
    await expectConfirmed(fleet, host, systems[1]);
    expect(await host.output("cat /etc/motd")).toBe("second");
    expect(await host.output("ls /nix/var/nix/profiles | grep -c 'system-.*-link'")).toBe("3");
  });

  it("survives a reboot, and goes on to the one before that", async () => {
    await host.reset();
    await expectConfirmed(fleet, host, systems[1]);
    expect((await rollback(fleet, [])).move.to?.generation).toBe(1);
    await expectConfirmed(fleet, host, systems[0]);
  });

  it("says that there is nothing before the first", async () => {
    const { exitCode, verdict } = await rollback(fleet, []);
    expect(exitCode).toBe(1);
    expect(verdict.error).toMatchObject({
      code: "FLURRY_GENERATION_NOT_FOUND",
      hint: expect.stringContaining("1, 2, 3"),
    });
    await expectConfirmed(fleet, host, systems[0]);
  });

  it("goes to the generation or the system that is named", async () => {
    expect((await rollback(fleet, ["--to", "3"])).verdict).toMatchObject({ status: "deployed", generation: 3 });
    await expectConfirmed(fleet, host, systems[2]);
    expect((await rollback(fleet, ["--to", systems[1] ?? ""])).verdict).toMatchObject({
      status: "deployed",
      generation: 2,
    });
    await expectConfirmed(fleet, host, systems[1]);
    expect((await rollback(fleet, ["--to", "2"])).verdict.status).toBe("unchanged");
    expect((await rollback(fleet, ["--to", "9"])).verdict.error).toMatchObject({
      code: "FLURRY_GENERATION_NOT_FOUND",
      message: "there is no generation 9",
    });
  });

  it("leaves a system that was only tested for the boot default", async () => {
    await fleet.edit("compute", '{ environment.etc.motd.text = "only tested"; }');
    expect((await deployJson(fleet, ["--goal", "test"])).verdict("compute").status).toBe("deployed");
    const { verdict, move } = await rollback(fleet, []);
    expect(verdict.status).toBe("deployed");
    expect(move.from).not.toHaveProperty("generation");
    expect(move.to).toEqual({ generation: 2, system: systems[1] });
    await expectConfirmed(fleet, host, systems[1]);
  });

  it("returns from a generation on which the host cannot be reached", async () => {
    // As another tool would have left it: a generation that nobody confirmed.
    await fleet.edit("compute", "{ lab.trouble.cutNetwork = true; }");
    const built = (await fleet.systems()).get("compute") ?? "";
    const copied = await fleet.exec([
      "env",
      `NIX_SSHOPTS=-F ${fleet.lab.sshConfigFile}`,
      "nix",
      "copy",
      "--no-check-sigs",
      "--to",
      "ssh-ng://root@compute",
      built,
    ]);
    expect(copied).toMatchObject({ exitCode: 0 });
    const { exitCode, verdict } = await rollback(fleet, ["--to", built]);
    expect(exitCode).toBe(8);
    expect(verdict).toMatchObject({ status: "reverted", error: { code: "FLURRY_NOT_CONFIRMED" } });
    await expectConfirmed(fleet, host, systems[1]);
  });

  it("refuses a generation whose closure is gone", async () => {
    await host.run(`rm /nix/var/nix/profiles/system-1-link && nix-store --delete ${systems[0]}`);
    await host.run(`ln -s ${systems[0]} /nix/var/nix/profiles/system-1-link`);
    for (const args of [[], ["--to", "1"], ["--to", systems[0] ?? ""]]) {
      const { exitCode, verdict } = await rollback(fleet, args);
      expect({ exitCode, error: verdict.error }).toMatchObject({
        exitCode: 1,
        error: { code: "FLURRY_GENERATION_GONE" },
      });
    }
    await expectConfirmed(fleet, host, systems[1]);
  });
});
