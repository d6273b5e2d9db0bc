import { cp, copyFile } from "node:fs/promises";
import { join } from "node:path";

import type { Verdict } from "@flurry/core";
import { fixtureDirectory } from "@flurry/lab";
import type { FleetLab } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { expectConfirmed, fleetLab, jsonRun } from "./support/fleet.ts";

const hosts = ["nas", "compute"] as const;
const git = ["git", "-c", "user.name=Operator", "-c", "user.email=operator@example.org", "-c", "safe.directory=*"];

/** Puts a repository of another tool beside the lab's fleet, as its user would have it: nothing of Flurry's in it. */
async function repositoryOf(tool: "colmena" | "deploy-rs", fleet: FleetLab): Promise<string> {
  const directory = join(fleet.lab.home, tool);
  await cp(fixtureDirectory(tool), directory, { recursive: true });
  // Nix drops the inputs of the lock file that the flake does not have.
  await copyFile(join(fleet.directory, "flake.lock"), join(directory, "flake.lock"));
  await copyFile(join(fleet.directory, "keys/deployer.pub"), join(directory, "keys/deployer.pub"));
  await commit(fleet, directory);
  return directory;
}

async function commit(fleet: FleetLab, cwd: string): Promise<void> {
  for (const words of [
    ["init", "--quiet"],
    ["add", "--all"],
    ["commit", "--quiet", "--message", "Change"],
  ]) {
    const { exitCode, stderr } = await fleet.exec([...git, ...words], { cwd });
    if (exitCode !== 0) throw new Error(stderr);
  }
}

describe("a repository of another tool deploys without a change", () => {
  let fleet: FleetLab;
  beforeAll(async () => {
    fleet = await fleetLab({ hosts });
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  async function deployed(directory: string): Promise<{ verdicts: readonly Verdict[]; stderr: string }> {
    const run = await fleet.flurry(["deploy", "--json", "--confirm-timeout", "20s"], { cwd: directory });
    return { verdicts: jsonRun(run).report.verdicts, stderr: run.stderr };
  }

  it("deploy-rs", async () => {
    const directory = await repositoryOf("deploy-rs", fleet);
    const { verdicts, stderr } = await deployed(directory);
    expect(verdicts.map(({ host, status }) => [host, status])).toEqual([
      ["compute", "deployed"],
      ["nas", "deployed"],
    ]);
    for (const { host, after } of verdicts) {
      await expectConfirmed(fleet, fleet.host(host), after);
      expect(await fleet.host(host).output("cat /etc/motd")).toBe(`${host}, by deploy-rs`);
    }
    for (const word of ["tempPath", "profiles.notes"]) expect(stderr).toContain(word);
  });

  it("Colmena", async () => {
    const directory = await repositoryOf("colmena", fleet);
    const { verdicts, stderr } = await deployed(directory);
    expect(verdicts.map(({ host, status }) => [host, status])).toEqual([
      ["compute", "deployed"],
      ["nas", "deployed"],
    ]);
    for (const { host, after } of verdicts) await expectConfirmed(fleet, fleet.host(host), after);
    const said = async (host: string, file: string): Promise<string> =>
      await fleet.host(host).output(`cat /etc/${file}`);
    expect(await said("nas", "greeting")).toBe("made by the hive's own nixpkgs");
    expect(await said("nas", "compute-is")).toBe("compute");
    expect(await said("nas", "peers")).toBe("compute\nlaptop\nnas");
    expect(await said("compute", "slots")).toBe("4");
    expect(await said("compute", "unfree")).toBe("yes");
    for (const word of [
      "meta.machinesFile",
      "nas.deployment.replaceUnknownProfiles",
      "nas.deployment.tags",
      "backup.key, tls.pem, token",
    ])
      expect(stderr).toContain(word);
    expect(stderr).not.toContain("never-in-the-outline");

    // Nothing changed, so nothing is evaluated again.
    const again = await fleet.flurry(["eval", "--json"], { cwd: directory });
    const { hosts: evaluations } = JSON.parse(again.stdout) as { hosts: { host: string; cached: boolean }[] };
    expect(evaluations.map(({ host, cached }) => [host, cached])).toEqual([
      ["compute", true],
      ["nas", true],
    ]);
    // A fleet file for the same hosts means the same systems.
    expect(await fleet.flurry(["init", "--from", "."], { cwd: directory })).toMatchObject({ exitCode: 0 });
    const own = await fleet.flurry(["eval", "--json"], { cwd: directory });
    const outputs = (JSON.parse(own.stdout) as { hosts: { host: string; outPath: string }[] }).hosts;
    expect(outputs.map(({ host, outPath }) => [host, outPath])).toEqual(
      verdicts.map(({ host, after }) => [host, after]),
    );
    const status = await fleet.flurry(["status", "@homelab", "--json"], { cwd: directory });
    const { hosts: statuses } = JSON.parse(status.stdout) as { hosts: { host: string; state: string }[] };
    expect(statuses.map(({ host, state }) => [host, state])).toEqual([
      ["compute", "ok"],
      ["nas", "ok"],
    ]);
  });
});
