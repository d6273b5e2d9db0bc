import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { bootctlScript, grubModule, testedInits } from "@flurry/lab";
import type { FleetLab, LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetFile, fleetLab, jsonRun } from "./support/fleet.ts";

// The first time that it is called, it breaks the connection of whoever calls it.
const breaking = '[ -e /var/broke ] || { : > /var/broke; pkill -KILL -f "[s]shd: root@"; sleep 1; exit 1; }';

const withBootctl = (more: string, { before = "" } = {}): string => `
  { pkgs, ... }: {
    environment.systemPackages = [ (pkgs.writeShellScriptBin "bootctl" ''${before}${bootctlScript}'') ];
    ${more}
  }`;

describe.each(testedInits)("flurry deploy --reboot, on a host with %s", (init) => {
  let fleet: FleetLab;
  let host: LabHost;
  beforeAll(async () => {
    const profile = "profiles: { notes: { user: root, output: packages.x86_64-linux.notes } }";
    fleet = await fleetLab({ hosts: [{ name: "compute", init }], fleetFile: fleetFile({ compute: profile }) });
    host = fleet.host("compute");
    await writeNotes("one");
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  /** A profile beside the system, which every commit of the fleet has. */
  async function writeNotes(text: string): Promise<void> {
    const file = join(fleet.directory, "flake.nix");
    const flake = (await readFile(file, "utf8")).replace(/^ *packages\..*\n/m, "");
    const custom = "deploy-rs.lib.x86_64-linux.activate.custom";
    const files = `nixpkgs.legacyPackages.x86_64-linux.writeTextDir "text" "${text}"`;
    const notes = `packages.x86_64-linux.notes = ${custom} (${files}) "cat $PROFILE/text > /var/notes";\n`;
    await writeFile(file, flake.replace("overlays.default =", `${notes}overlays.default =`));
  }

  it("does not reboot a host that need not, unless it is forced to", async () => {
    const bootId = await host.bootId();
    await fleet.edit("compute", '{ environment.etc.motd.text = "no reboot"; }');
    expect((await deployJson(fleet, ["--reboot"])).verdict("compute").status).toBe("deployed");
    expect(await host.bootId()).toBe(bootId);
    const forced = await deployJson(fleet, ["--force-reboot"]);
    expect(forced.verdict("compute").status).toBe("deployed");
    expect(await host.bootId()).not.toBe(bootId);
    await expectConfirmed(fleet, host, (await fleet.systems()).get("compute"));
  });

  it("reboots a host whose initrd has changed, also when it runs the system already", async () => {
    await fleet.edit("compute", withBootctl('boot.initrd.kernelModules = [ "one" ];', { before: breaking }));
    await deployJson(fleet);
    const bootId = await host.bootId();
    const run = await deployJson(fleet, ["--reboot"]);
    expect(run.verdict("compute")).toMatchObject({ status: "deployed" });
    expect(await host.bootId()).not.toBe(bootId);
    expect(await host.output("readlink -f /run/booted-system")).toBe((await fleet.systems()).get("compute"));
  });

  it("goal boot: comes up on the new system, although the connection breaks as it is asked to, once first, and by default from then on", async () => {
    await fleet.edit("compute", withBootctl('boot.initrd.kernelModules = [ "two" ];'));
    const run = await deployJson(fleet, ["--goal", "boot", "--reboot"]);
    expect(run.verdict("compute")).toMatchObject({ status: "deployed" });
    expect(await host.output("ls /boot /var/lib/flurry | grep -E 'lab-o|boots-once' || true")).toBe("");
    expect(await host.output("ls /var/broke")).toBe("/var/broke");
    const wanted = (await fleet.systems()).get("compute");
    await expectConfirmed(fleet, host, wanted);
    await host.reset();
    await expectConfirmed(fleet, host, wanted);
  });

  it("a system that crashes while it boots: the host falls back to the one before, and stays there", async () => {
    const before = await host.currentSystem();
    await writeNotes("two");
    await fleet.edit("compute", withBootctl("lab.trouble.activationCrashes = true;"));
    const run = await deployJson(fleet, ["--goal", "boot", "--reboot", "--reboot-timeout", "4m"]);
    expect(run.exitCode).toBe(8);
    expect(run.verdict("compute")).toMatchObject({
      status: "reverted",
      after: before,
      error: { code: "FLURRY_REBOOT_FAILED" },
      profiles: [{ name: "notes", generation: 1 }],
    });
    expect(await host.output("cat /var/notes")).toBe("one");
    expect(await host.output("ls /boot /var/lib/flurry | grep -E 'lab-o|boots-once' || true")).toBe("");
    await expectConfirmed(fleet, host, before);
    await host.reset();
    await expectConfirmed(fleet, host, before);
  }, 300_000);

  it("a host that does not come back is told within the time it was given", async () => {
    await fleet.edit("compute", '{ environment.etc.motd.text = "never back"; lab.trouble.stopSshd = true; }');
    const run = await deployJson(fleet, ["--goal", "boot", "--reboot", "--reboot-timeout", "8s"]);
    expect(run.verdict("compute")).toMatchObject({ status: "failed", error: { code: "FLURRY_REBOOT_FAILED" } });
    expect(run.exitCode).toBe(9);
    expect(run.verdict("compute").error?.message).toContain("did not come back within 8 s");
  });
});

describe.each(testedInits.slice(0, 1))("flurry deploy --reboot, on a host with GRUB and %s", (init) => {
  let fleet: FleetLab;
  let host: LabHost;
  beforeAll(async () => {
    fleet = await fleetLab({ hosts: [{ name: "compute", init }], fleetFile: fleetFile({ compute: "" }) });
    host = fleet.host("compute");
    await fleet.edit("compute", grubModule('boot.initrd.kernelModules = [ "one" ];'));
    await deployJson(fleet);
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  const leftOfTheBoot = (): Promise<string> =>
    host.output(
      "{ cat /boot/grub/grubenv; ls /boot /var/lib/flurry; } | grep -E 'next_entry|lab-o|boots-once' || true",
    );

  it("comes up on the new system, once first, and by default from then on", async () => {
    await fleet.edit("compute", grubModule('boot.initrd.kernelModules = [ "two" ];'));
    const run = await deployJson(fleet, ["--goal", "boot", "--reboot"]);
    expect(run.verdict("compute")).toMatchObject({ status: "deployed" });
    expect(await host.output("cat /boot/lab-reboots")).toBe(
      "NixOS - All configurations>NixOS - Configuration 3 (2026-01-01 - 24.11)",
    );
    expect(await leftOfTheBoot()).toBe("");
    await expectConfirmed(fleet, host, (await fleet.systems()).get("compute"));
  });

  it("a system that crashes while it boots: GRUB starts the one before, which stays", async () => {
    const before = await host.currentSystem();
    await fleet.edit("compute", grubModule("lab.trouble.activationCrashes = true;"));
    const run = await deployJson(fleet, ["--goal", "boot", "--reboot", "--reboot-timeout", "4m"]);
    expect(run.verdict("compute")).toMatchObject({
      status: "reverted",
      after: before,
      error: { code: "FLURRY_REBOOT_FAILED" },
    });
    expect(await leftOfTheBoot()).toBe("");
    await expectConfirmed(fleet, host, before);
  }, 300_000);

  async function killOnceCommitted(words: readonly string[]): Promise<void> {
    await using deployment = fleet.spawnFlurry([...words, "--json"]);
    for await (const line of deployment.lines)
      if (line.includes('"stage-finished"') && line.includes('"commit"')) break;
    deployment.kill("SIGKILL");
    await deployment.exited;
  }

  it("deployers that are killed when a host has committed: resume reboots it as the run was to, with a way back", async () => {
    await fleet.edit("compute", grubModule('boot.initrd.kernelModules = [ "resumed" ];'));
    const bootId = await host.bootId();
    await killOnceCommitted(["deploy", "--reboot"]);
    // Whoever goes on with it commits what is there already: the way back is what the first one knew.
    await killOnceCommitted(["resume"]);
    expect(await host.bootId()).toBe(bootId);
    const run = jsonRun(await fleet.flurry(["resume", "--json"]));
    expect(run.exitCode).toBe(0);
    expect(await host.bootId()).not.toBe(bootId);
    const [, generation] = /system-(\d+)-link/.exec(await host.output("readlink /nix/var/nix/profiles/system")) ?? [];
    expect(await host.output("cat /boot/lab-reboots")).toContain(`NixOS - Configuration ${generation} `);
    expect(await leftOfTheBoot()).toBe("");
    await expectConfirmed(fleet, host, (await fleet.systems()).get("compute"));
  });

  it("says that there is no way back where GRUB could not take its one-shot entry back", async () => {
    await host.run("echo btrfs > /boot/lab-file-system");
    await fleet.edit("compute", grubModule('boot.initrd.kernelModules = [ "three" ];'));
    const run = await deployJson(fleet, ["--goal", "boot", "--reboot"]);
    expect(run.verdict("compute")).toMatchObject({ status: "deployed" });
    const warnings = run.events.flatMap((event) =>
      event.kind === "log" && event.level === "warn" ? [event.line] : [],
    );
    expect(warnings.join("\n")).toContain("no way back: GRUB cannot write to /boot/grub, which lies on btrfs");
    await expectConfirmed(fleet, host, (await fleet.systems()).get("compute"));
  });
});
