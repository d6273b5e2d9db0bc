import type { CollectResult, HostStatus } from "@flurry/deploy";
import { leftovers, testedInits } from "@flurry/lab";
import type { FleetLab, LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetFile, fleetLab, jsonRun, unhealthyUntilTold } from "./support/fleet.ts";

async function collect(fleet: FleetLab, args: readonly string[]) {
  const { stdout, stderr, exitCode } = await fleet.flurry(["gc", "--json", ...args]);
  const { hosts } = JSON.parse(stdout) as { hosts: CollectResult[] };
  const [result] = hosts;
  if (result === undefined) throw new Error(stderr);
  return { exitCode, result };
}

async function status(fleet: FleetLab, args: readonly string[] = []): Promise<readonly HostStatus[]> {
  const { stdout } = await fleet.flurry(["status", "--json", ...args]);
  return (JSON.parse(stdout) as { hosts: HostStatus[] }).hosts;
}

const numbers = "ls /nix/var/nix/profiles | sed -n 's/^system-\\([0-9]*\\)-link$/\\1/p' | sort -n | xargs";

describe.each(testedInits)("flurry gc, on a host with %s", (init) => {
  let fleet: FleetLab;
  let host: LabHost;
  const systems: string[] = [];
  beforeAll(async () => {
    fleet = await fleetLab({ hosts: [{ name: "compute", init }], fleetFile: fleetFile({ compute: "" }) });
    host = fleet.host("compute");
    systems.push((await host.currentSystem()) ?? "");
    for (let edit = 2; edit <= 6; edit++) {
      await fleet.edit("compute", `{ environment.etc.motd.text = "generation ${edit}"; }`);
      await deployJson(fleet);
      systems.push((await host.currentSystem()) ?? "");
    }
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  it("--dry-run says what would go, and touches nothing", async () => {
    const { exitCode, result } = await collect(fleet, ["--keep", "2", "--dry-run"]);
    expect({ exitCode, deleted: result.deleted }).toEqual({ exitCode: 0, deleted: [2, 3, 4] });
    // The host was booted with the first.
    expect(result.generations.map(({ number, why }) => [number, why])).toEqual([
      [1, "booted"],
      [2, undefined],
      [3, undefined],
      [4, undefined],
      [5, "to roll back to"],
      [6, "boot default"],
    ]);
    expect(await host.output(numbers)).toBe("1 2 3 4 5 6");
    expect((await fleet.flurry(["gc", "--dry-run", "--keep", "2"])).stdout).toMatch(/compute +2-4 +6 \(boot default\)/);
  });

  it("deletes nothing that is young", async () => {
    const { result } = await collect(fleet, ["--older-than", "14d"]);
    expect(result.deleted).toEqual([]);
    expect(await host.output(numbers)).toBe("1 2 3 4 5 6");
  });

  it("leaves a host alone that has been asked to boot a system once, and is not yet seen on it", async () => {
    await host.run("{ cat /proc/sys/kernel/random/boot_id; echo grub; } > /var/lib/flurry/boots-once");
    const { exitCode, result } = await collect(fleet, ["--keep", "1"]);
    await host.run("rm /var/lib/flurry/boots-once");
    expect(exitCode).not.toBe(0);
    expect(result).toMatchObject({ deleted: [], error: { code: "FLURRY_COLLECT_FAILED", host: "compute" } });
    expect(await host.output(numbers)).toBe("1 2 3 4 5 6");
  });

  it("deletes what the policy says, frees what only that needed, and the host still boots and rolls back", async () => {
    const { exitCode, result } = await collect(fleet, ["--keep", "1"]);
    expect({ exitCode, deleted: result.deleted }).toEqual({ exitCode: 0, deleted: [2, 3, 4] });
    expect(result.freedPaths).toBeGreaterThan(2);
    expect(result.freedBytes).toBeGreaterThan(0);
    expect(await host.output(numbers)).toBe("1 5 6");
    for (const at of [1, 2, 3]) expect(await host.exists(systems[at] ?? "")).toBe(false);
    expect(await leftovers(host)).toEqual([]);
    await host.reset();
    await expectConfirmed(fleet, host, systems[5]);
    expect((await fleet.flurry(["rollback", "-q"])).exitCode).toBe(0);
    await expectConfirmed(fleet, host, systems[4]);
  });

  it("keeps what the boot loader starts by itself, and leaves its menu alone then", async () => {
    expect((await fleet.flurry(["rollback", "-q", "--to", "6"])).exitCode).toBe(0);
    // What systemd-boot's installer writes; the host of the lab boots otherwise.
    await host.run("mkdir -p /boot/loader && echo 'default nixos-generation-1.conf' > /boot/loader/loader.conf");
    const { exitCode, result } = await collect(fleet, ["--keep", "1"]);
    expect(exitCode).toBe(0);
    expect(result.deleted).toEqual([]);
    expect(await host.output(numbers)).toBe("1 5 6");
    await host.run("rm -r /boot/loader");
    expect((await collect(fleet, ["--keep", "1"])).result.deleted).toEqual([1]);
    await expectConfirmed(fleet, host, systems[5]);
  });

  it("is told who deploys to the host, and since when", async () => {
    await fleet.writeFleetFile(fleetFile({ compute: unhealthyUntilTold }, { confirmTimeout: "60s" }));
    await fleet.edit("compute", '{ environment.etc.motd.text = "healthy late"; }');
    await using deployment = fleet.spawnFlurry(["deploy", "--json"]);
    for await (const line of deployment.lines) if (line.includes('"stage":"prove"')) break;
    const { exitCode, result } = await collect(fleet, ["--keep", "1"]);
    expect(exitCode).toBe(7);
    expect(result.error).toMatchObject({ code: "FLURRY_HOST_LOCKED", message: expect.stringMatching(/since 20\d\d-/) });
    await host.output("touch /run/healthy");
    const { verdict } = jsonRun(await deployment.exited);
    expect(verdict("compute")).toMatchObject({ status: "deployed", before: systems[5] });
    await expectConfirmed(fleet, host, verdict("compute").after);
  });
});

describe("two operators at once", () => {
  it("the second is told who and since when, status tells how far, and the first is not disturbed", async () => {
    const file = fleetFile({ compute: unhealthyUntilTold, nas: "" }, { confirmTimeout: "60s" });
    await using fleet = await fleetLab({ hosts: ["compute", "nas"], fleetFile: file });
    const host = fleet.host("compute");
    for (const name of ["compute", "nas"]) await fleet.edit(name, '{ environment.etc.motd.text = "second"; }');
    await using first = fleet.spawnFlurry(["deploy", "compute", "--json"]);
    for await (const line of first.lines) if (line.includes('"stage":"prove"')) break;

    const env = { USER: "bob" };
    const [statusNow] = await status(fleet, ["compute"]);
    expect(statusNow).toMatchObject({ state: "deploying", lockedStep: "unconfirmed", lockedBy: expect.any(String) });
    const second = await fleet.flurry(["deploy", "--json"], { env });
    const report = second.stdout.trim().split("\n").at(-1) ?? "";
    expect(second.exitCode).toBe(7);
    expect(report).toContain('"code":"FLURRY_HOST_LOCKED"');
    expect(report).toMatch(new RegExp(`${statusNow?.lockedBy} is deploying to the host since 20\\d\\d-`));
    expect(report).toContain(statusNow?.lockedRun);
    // The other host is not the first one's business.
    expect(report).toMatch(/"host":"nas","status":"deployed"/);
    const back = await fleet.flurry(["rollback", "compute", "--json"]);
    expect(back.exitCode).toBe(7);

    await host.output("touch /run/healthy");
    expect((await first.exited).exitCode).toBe(0);
    await expectConfirmed(fleet, host, (await fleet.systems()).get("compute"));
    // Two that begin at the same moment: one of them gets the host.
    await fleet.writeFleetFile(fleetFile({ compute: "", nas: "" }));
    await fleet.edit("compute", '{ environment.etc.motd.text = "third"; }');
    const runs = await Promise.all([1, 2].map(() => fleet.flurry(["deploy", "compute", "--json"])));
    const codes = runs.map(({ exitCode }) => exitCode).toSorted((a, b) => (a ?? 0) - (b ?? 0));
    expect([
      [0, 0],
      [0, 7],
      [0, 1],
      // It has moved since it was looked at.
      [0, 10],
    ]).toContainEqual(codes);
    await expectConfirmed(fleet, host, (await fleet.systems()).get("compute"));
  });
});

describe("goals that activate nothing", () => {
  it("build asks no host, push fills its store for the deployment that follows, gc lets go of what was pushed", async () => {
    await using fleet = await fleetLab({ hosts: ["compute"], fleetFile: fleetFile({ compute: "" }) });
    const host = fleet.host("compute");
    const before = await host.currentSystem();
    await fleet.edit("compute", '{ environment.etc.motd.text = "pushed"; }');
    const wanted = (await fleet.systems()).get("compute") ?? "";

    await host.link("down");
    const built = await deployJson(fleet, ["--goal", "build"]);
    expect(built.verdict("compute")).toMatchObject({ status: "unchanged", note: `built ${wanted}` });
    expect((await deployJson(fleet, ["--goal", "push"])).verdict("compute").status).toBe("unreachable");
    await host.link("up");

    const pushed = await deployJson(fleet, ["--goal", "push"]);
    expect(pushed.exitCode).toBe(0);
    expect(pushed.verdict("compute")).toMatchObject({ status: "unchanged", note: `has ${wanted} in its store` });
    expect(await host.currentSystem()).toBe(before);
    await host.run("nix-store --gc");
    expect(await host.exists(wanted)).toBe(true);
    expect((await fleet.flurry(["deploy", "--goal", "push"])).stdout).toContain("in its store");

    const deployed = await deployJson(fleet);
    expect(deployed.verdict("compute").status).toBe("deployed");
    const copies = deployed.events.filter((event) => event.kind === "stage-finished" && event.stage === "copy");
    expect(copies).toMatchObject([{ outcome: "skipped" }]);
    await collect(fleet, []);
    expect(await host.exists("/nix/var/nix/gcroots/pushed-by-flurry")).toBe(false);
    await expectConfirmed(fleet, host, wanted);
    expect((await fleet.flurry(["resume", "--json"])).stdout).toContain("FLURRY_RUN_NOT_RESUMABLE");
  });
});

describe("flurry status --prometheus", () => {
  it("writes what hosts are like and what the last run came to", async () => {
    await using fleet = await fleetLab({ hosts: ["nas", "compute"], fleetFile: fleetFile({ nas: "", compute: "" }) });
    await fleet.edit("nas", '{ environment.etc.motd.text = "second"; }');
    await deployJson(fleet);
    await fleet.edit("nas", '{ environment.etc.motd.text = "drifts"; }');
    await fleet.host("compute").link("down");
    const { exitCode, stdout } = await fleet.flurry(["status", "--prometheus", "flurry.prom"]);
    expect(exitCode).toBe(6);
    expect(stdout).toMatch(/nas +≠ drift/);
    expect(stdout).toMatch(/compute +✗ unreachable/);
    const { stdout: text } = await fleet.exec(["sh", "-c", "stat -c %a flurry.prom; cat flurry.prom; ls"], {
      cwd: fleet.directory,
    });
    expect(text).toMatch(/^644\n/);
    for (const line of [
      'flurry_host_up{host="nas"} 1',
      'flurry_host_up{host="compute"} 0',
      'flurry_host_drift{host="nas"} 1',
      'flurry_host_generation{host="nas"} 2',
      'flurry_last_run_exit_code{command="deploy"} 0',
      'flurry_host_last_verdict{host="nas",verdict="deployed"} 1',
      'flurry_host_last_verdict{host="compute",verdict="unchanged"} 1',
    ])
      expect(text.split("\n")).toContain(line);
    expect(text).toMatch(/flurry_host_root_free_bytes\{host="nas"\} \d+/);
  });
});
