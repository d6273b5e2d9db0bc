import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { HostPlan } from "@flurry/deploy";
import { leftovers } from "@flurry/lab";
import type { FleetLab } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetFile, fleetLab } from "./support/fleet.ts";

/** A package whose version is the edit's. */
const withTool = (version: string, more = ""): string => `{ pkgs, ... }: {
  environment.etc.tool.source = pkgs.runCommand "tool-${version}" { } "mkdir $out; echo ${version} > $out/tool";
  ${more}
}`;

describe("flurry plan", () => {
  let fleet: FleetLab;
  beforeAll(async () => {
    fleet = await fleetLab({
      hosts: ["nas", "compute"],
      fleetFile: fleetFile({ nas: "tags: [storage]", compute: "" }),
    });
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  async function plan(...flags: readonly string[]): Promise<readonly HostPlan[]> {
    const { stdout, stderr, exitCode } = await fleet.flurry(["plan", "--json", ...flags]);
    if (stdout === "") throw new Error(`${exitCode}: ${stderr}`);
    return (JSON.parse(stdout) as { hosts: HostPlan[] }).hosts;
  }
  async function planOf(host: string, ...flags: readonly string[]): Promise<HostPlan> {
    const [found] = await plan(host, ...flags);
    if (found === undefined) throw new Error(`no plan for ${host}`);
    return found;
  }
  const state = async (host: string): Promise<string> =>
    await fleet
      .host(host)
      .output(
        "find /nix/var/nix/profiles /nix/var/nix/gcroots /var/lib/flurry /run/current-system -printf '%p %l\\n' | sort",
      );

  it("says that nothing would change", async () => {
    expect((await plan()).map(({ host, status, drift }) => [host, status, drift])).toEqual([
      ["nas", "none", "none"],
      ["compute", "none", "none"],
    ]);
  });

  it("says what is not known of a system that is not built, and guesses at its packages", async () => {
    await fleet.edit("nas", withTool("1.2"));
    const before = await state("nas");
    const found = await planOf("nas");
    expect(found).toMatchObject({
      status: "change",
      change: {
        packages: { status: "unknown", learn: "plan with --build" },
        copy: { status: "unknown" },
        units: { status: "unknown" },
        boot: { status: "unknown" },
      },
    });
    expect(found.change?.build?.derivations).toBeGreaterThan(1);
    expect(await state("nas")).toBe(before);
    expect(await fleet.exec(["test", "-e", found.wanted ?? ""])).toMatchObject({ exitCode: 1 });
  });

  it("knows packages, sizes and what to copy of a system that it builds", async () => {
    const before = await state("nas");
    const { change } = await planOf("nas", "--build");
    expect(change).toMatchObject({
      packages: { status: "known", value: { packages: [{ name: "tool", kind: "added", before: [], after: ["1.2"] }] } },
      copy: { status: "known" },
      boot: { status: "known", value: { rebootNeeded: false, parts: [] } },
      units: { status: "unknown", learn: "plan with --copy" },
    });
    expect(change?.build).toBeUndefined();
    const copy = change?.copy.status === "known" ? change.copy.value : undefined;
    const run = await deployJson(fleet, ["nas"]);
    expect(run.verdict("nas").status).toBe("deployed");
    expect(await state("nas")).not.toBe(before);
    expect(copy?.paths).toBeGreaterThan(1);
    expect(copy?.bytes).toBeGreaterThan(1000);
    expect((await planOf("nas")).status).toBe("none");
  });

  it("tells up and down, and what units and the next boot make of it once the host has the system", async () => {
    await fleet.edit(
      "nas",
      withTool(
        "1.10",
        'boot.kernelParams = [ "quiet" ]; systemd.services.extra = { wantedBy = [ "multi-user.target" ]; script = "sleep infinity"; };',
      ),
    );
    const found = await planOf("nas", "--copy");
    expect(found.change).toMatchObject({
      packages: { value: { packages: [{ name: "tool", kind: "upgraded", before: ["1.2"], after: ["1.10"] }] } },
      boot: { status: "known", value: { rebootNeeded: true, parts: [{ part: "kernel-params" }] } },
      units: { status: "known", value: { start: ["extra.service"] } },
    });
    // It has the system now, so that no copy is needed to ask it; and neither is a trace of the question.
    const again = await planOf("nas");
    expect(again.change).toMatchObject({
      copy: { value: { paths: 0, bytes: 0 } },
      units: { value: { start: ["extra.service"] } },
    });
    expect(await leftovers(fleet.host("nas"))).toEqual([]);
    expect(await fleet.host("nas").output("systemctl is-active extra.service; true")).not.toBe("active");
    const { stdout } = await fleet.flurry(["plan", "nas"]);
    expect(stdout).toContain("↑ tool  1.2 → 1.10");
    expect(stdout).toMatch(/reboot +yes: kernel-params/);
    expect(stdout).toMatch(/start +extra\.service/);
    const markdown = await fleet.flurry(["plan", "nas", "--markdown"]);
    expect(markdown.stdout).toContain("| ↑ | tool | 1.2 → 1.10 |");
    expect(markdown.stdout).toContain("- start: `extra.service`");
  });

  it("finds closures in a binary cache", async () => {
    await fleet.edit("compute", withTool("3.0"));
    const [system] = [...(await fleet.systems())].filter(([host]) => host === "compute").map(([, path]) => path);
    const cache = `file://${fleet.lab.home}/cache`;
    const nix = ["nix", "--extra-experimental-features", "nix-command"];
    expect((await fleet.exec([...nix, "copy", "--to", cache, system ?? ""])).exitCode).toBe(0);
    expect((await fleet.exec([...nix, "store", "delete", system ?? ""])).exitCode).toBe(0);
    const { change } = await planOf("compute", "--option", "substituters", cache);
    expect(change?.packages).toMatchObject({ status: "known", value: { packages: [{ name: "tool", kind: "added" }] } });
    expect(change?.copy).toMatchObject({ status: "known" });
    expect(await fleet.exec(["test", "-e", system ?? ""])).toMatchObject({ exitCode: 1 });
  });

  it("asks as a user who is not root, and says what that user may not know", async () => {
    await using other = await fleetLab({
      hosts: ["nas", { name: "compute", sudo: "refused" }],
      fleetFile: fleetFile({ nas: "deploy: { sshUser: deploy }", compute: "deploy: { sshUser: deploy }" }),
    });
    for (const host of ["nas", "compute"]) await other.edit(host, withTool("1.0"));
    const { stdout, exitCode } = await other.flurry(["plan", "--copy", "--json"]);
    const [nas, compute] = (JSON.parse(stdout) as { hosts: HostPlan[] }).hosts;
    expect(nas?.change).toMatchObject({ packages: { status: "known" }, units: { status: "known" } });
    expect(compute).toMatchObject({ status: "unknown", errors: [{ code: "FLURRY_SUDO_REFUSED" }] });
    expect(exitCode).not.toBe(0);
  });

  it("tells drift: a system that was tried by hand", async () => {
    await using other = await fleetLab({ hosts: ["nas"], fleetFile: fleetFile({ nas: "" }) });
    const nas = other.host("nas");
    await other.edit("nas", withTool("2.0"));
    await deployJson(other, ["nas", "--goal", "test"]);
    const read = async (): Promise<HostPlan | undefined> =>
      (JSON.parse((await other.flurry(["plan", "--json"])).stdout) as { hosts: HostPlan[] }).hosts[0];
    expect(await read()).toMatchObject({ drift: "uncommitted", status: "change" });
    await other.edit("nas", withTool("2.1"));
    expect(await read()).toMatchObject({ drift: "foreign", status: "change", current: await nas.currentSystem() });
  });
});

describe("a saved plan", () => {
  let fleet: FleetLab;
  beforeAll(async () => {
    fleet = await fleetLab({ hosts: ["nas", "compute"], fleetFile: fleetFile({ nas: "", compute: "" }) });
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  it("is refused when a host or the flake moved, and else deploys what it says", async () => {
    await fleet.edit("nas", withTool("1.0"));
    await fleet.edit("compute", withTool("1.0"));
    const made = await fleet.flurry(["plan", "--out", "a.plan"]);
    expect(made).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("flurry deploy --plan a.plan") });
    const text = await readFile(join(fleet.directory, "a.plan"), "utf8");
    const [, compute] = (JSON.parse(text) as { hosts: { system: { outPath: string } }[] }).hosts;

    // Someone else deploys to one of the hosts.
    await fleet.exec(["git", "add", "-N", "a.plan"], { cwd: fleet.directory });
    await fleet.exec(["git", "rm", "--cached", "--quiet", "a.plan"], { cwd: fleet.directory });
    const before = await fleet.host("compute").currentSystem();
    expect((await deployJson(fleet, ["nas"])).exitCode).toBe(0);
    const done = await fleet.flurry(["deploy", "--plan", "a.plan", "--json"]);
    // A host that is where the plan wants it has not moved.
    expect(done.exitCode).toBe(0);
    await expectConfirmed(fleet, fleet.host("compute"), compute?.system.outPath);
    expect(before).not.toBe(compute?.system.outPath);

    await fleet.edit("nas", withTool("1.1"));
    const otherFlake = await fleet.flurry(["deploy", "--plan", "a.plan"]);
    expect(otherFlake.exitCode).toBe(10);
    expect(otherFlake.stderr).toMatch(/error\[FLURRY_PLAN_STALE\]: the flake was at \w{7} when the plan was made/);

    expect((await fleet.flurry(["plan", "--out", "b.plan"])).exitCode).toBe(0);
    await fleet.host("nas").output("nix-env -p /nix/var/nix/profiles/system --rollback");
    const generation = await fleet.host("nas").output("readlink /nix/var/nix/profiles/system");
    const moved = await fleet.flurry(["deploy", "--plan", "b.plan"]);
    expect(moved.exitCode).toBe(10);
    expect(moved.stderr).toContain("error[FLURRY_PLAN_STALE]: the profile of nas leads to /nix/store/");
    expect(await fleet.host("nas").output("readlink /nix/var/nix/profiles/system")).toBe(generation);
  });
});
