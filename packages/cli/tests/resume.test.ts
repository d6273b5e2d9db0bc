import type { FleetLab } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetFile, fleetLab, jsonRun } from "./support/fleet.ts";
import type { JsonRun } from "./support/fleet.ts";

const hosts = ["nas", "compute"] as const;

interface RunJson {
  readonly runId: string;
  readonly state: string;
  readonly operator: string;
  readonly resumedBy?: string;
  readonly hosts: readonly { readonly host: string; readonly verdict?: { readonly status: string } }[];
}

async function lastRuns(fleet: FleetLab): Promise<readonly RunJson[]> {
  const { stdout } = await fleet.flurry(["runs", "--json"]);
  return (JSON.parse(stdout) as { runs: RunJson[] }).runs;
}

async function resume(fleet: FleetLab, args: readonly string[] = []): Promise<JsonRun> {
  return jsonRun(await fleet.flurry(["resume", "--json", ...args]));
}

/** One host after the other, so that there is always one that was not begun. */
const inOrder = (options: Parameters<typeof fleetFile>[1] = {}): string =>
  fleetFile({ nas: "", compute: "" }, options).replace("continue }", "continue, waves: [nas, compute] }");

describe("a deployer that is killed", () => {
  let fleet: FleetLab;
  let edits = 0;
  beforeAll(async () => {
    fleet = await fleetLab({ hosts, fleetFile: inOrder() });
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  /** Kills a deployment of both hosts as soon as an event of it says what is given. */
  async function killAt(matches: (line: string) => boolean): Promise<void> {
    edits += 1;
    for (const host of hosts) await fleet.edit(host, `{ environment.etc.motd.text = "edit ${edits}"; }`);
    await using deployment = fleet.spawnFlurry(["deploy", "--json"]);
    for await (const line of deployment.lines) if (matches(line)) break;
    deployment.kill("SIGKILL");
    await deployment.exited;
  }

  const of =
    (host: string, ...words: readonly string[]) =>
    (line: string) =>
      line.includes(`"${host}"`) && words.every((word) => line.includes(`"${word}"`));

  it.each([
    ["while it evaluates", of("nas", "stage-started", "evaluate")],
    ["when the systems are known", of("nas", "planned")],
    ["when the systems are built", of("nas", "stage-started", "preflight")],
    ["when a host is locked", of("nas", "stage-finished", "preflight")],
    ["while a host is armed", of("nas", "stage-started", "arm")],
    ["while a host tries its system", of("nas", "stage-started", "try")],
    ["before a host is proven", of("nas", "stage-started", "prove")],
    ["before a host is confirmed", of("nas", "stage-started", "commit")],
    ["when one host is confirmed", of("nas", "verdict", "deployed")],
    ["while the second host tries its system", of("compute", "stage-started", "try")],
  ])("%s: resume brings every host there, with the same systems", async (_, matches) => {
    await killAt(matches);
    const wanted = await fleet.systems();
    const [broken] = await lastRuns(fleet);
    expect(broken).toMatchObject({ state: "broken-off", hosts: [{ host: "nas" }, { host: "compute" }] });
    const confirmed = broken?.hosts.filter(({ verdict }) => verdict?.status === "deployed").map(({ host }) => host);
    // What is committed since then is not what the run was about.
    await fleet.edit("compute", '{ environment.etc.motd.text = "not yet"; }');

    const run = await resume(fleet);

    expect(run.report.verdicts.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(run.exitCode).toBe(0);
    for (const name of hosts) {
      const expected = confirmed?.includes(name) === true ? ["unchanged"] : ["deployed", "unchanged"];
      expect(expected).toContain(run.verdict(name).status);
      await expectConfirmed(fleet, fleet.host(name), wanted.get(name));
    }
    const [latest, before] = await lastRuns(fleet);
    expect(latest).toMatchObject({ state: "finished" });
    expect(before).toMatchObject({ runId: broken?.runId, resumedBy: latest?.runId });
  });

  it("a host that went back because nobody confirmed it is taken there again", async () => {
    await fleet.writeFleetFile(inOrder({ confirmTimeout: "6s" }));
    const before = await fleet.host("nas").currentSystem();
    await killAt(of("nas", "stage-started", "prove"));
    await expect.poll(() => fleet.host("nas").currentSystem()).toBe(before);
    await fleet.writeFleetFile(inOrder());
    const run = await resume(fleet);
    expect(run.report.verdicts.map(({ status }) => status)).toEqual(["deployed", "deployed"]);
  });

  it("what someone else deployed meanwhile is not overwritten", async () => {
    await killAt(of("nas", "stage-started", "commit"));
    const [broken] = await lastRuns(fleet);
    await fleet.edit("compute", '{ environment.etc.motd.text = "by someone else"; }');
    expect((await deployJson(fleet, ["compute"])).verdict("compute").status).toBe("deployed");
    const system = await fleet.host("compute").currentSystem();
    const run = await resume(fleet, [broken?.runId ?? ""]);
    expect(run.verdict("compute")).toMatchObject({ status: "failed", error: { code: "FLURRY_HOST_MOVED" } });
    await expectConfirmed(fleet, fleet.host("compute"), system);
  });

  it("a resume that is killed is resumed itself", async () => {
    await killAt(of("nas", "stage-started", "prove"));
    const wanted = await fleet.systems();
    {
      await using again = fleet.spawnFlurry(["resume", "--json"]);
      for await (const line of again.lines) if (line.includes('"planned"')) break;
      again.kill("SIGKILL");
      await again.exited;
    }
    const run = await resume(fleet);
    expect(run.exitCode).toBe(0);
    for (const name of hosts) await expectConfirmed(fleet, fleet.host(name), wanted.get(name));
  });

  it("refuses a run that is over, and one that is at work", async () => {
    const over = await fleet.flurry(["resume", "--json"]);
    expect(over.stdout).toContain("FLURRY_RUN_NOT_RESUMABLE");
    await fleet.edit("nas", '{ environment.etc.motd.text = "at work"; }');
    await using deployment = fleet.spawnFlurry(["deploy", "--json"]);
    for await (const line of deployment.lines) if (line.includes('"planned"')) break;
    const [atWork] = await lastRuns(fleet);
    expect(atWork?.state).toBe("running");
    const refused = await fleet.flurry(["resume", "--json"]);
    expect(refused.stdout).toContain("FLURRY_RUN_ACTIVE");
    expect((await deployment.exited).exitCode).toBe(0);
  });

  it("runs tells when, who, what and what became of each host", async () => {
    const list = await fleet.flurry(["runs"]);
    expect(list.stdout).toMatch(/^run +when +who +what +time +result$/m);
    expect(list.stdout).toContain("went on as");
    const one = await fleet.flurry(["runs", "last"]);
    expect(one.stdout).toContain("finished with exit code 0");
    expect(one.stdout).toMatch(/nas +✓ deployed .* committing /);
    expect((await fleet.flurry(["runs", "no-such-run", "--json"])).stdout).toContain("FLURRY_RUN_NOT_FOUND");
  });
});
