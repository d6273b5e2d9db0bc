import type { FleetLab } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetFile, fleetLab } from "./support/fleet.ts";

const hosts = ["nas", "compute", "gateway"] as const;

describe("flurry on three real hosts", () => {
  let fleet: FleetLab;
  beforeAll(async () => {
    const health =
      'tags: [edge], health: [{ http: "http://10.0.20.1/", expect: 200 }, { unit: sshd }, { tcp: 22 }, { command: "test -e /etc/NIXOS" }]';
    fleet = await fleetLab({ hosts, fleetFile: fleetFile({ nas: "tags: [storage]", compute: "", gateway: health }) });
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  it("says that nothing is to be done on hosts that run their system, and touches nothing", async () => {
    const stamp =
      "find /nix/var/nix/profiles /var/lib/flurry /run/current-system -printf '%p %T@\\n' 2>/dev/null; true";
    const before = await Promise.all(hosts.map((name) => fleet.host(name).output(stamp)));
    const run = await deployJson(fleet);
    expect(run.report.verdicts.map(({ host, status }) => [host, status])).toEqual(
      hosts.map((host) => [host, "unchanged"]),
    );
    expect(run.exitCode).toBe(0);
    expect(run.events.some((event) => event.kind === "stage-started" && event.stage !== "evaluate")).toBe(false);
    expect(await Promise.all(hosts.map((name) => fleet.host(name).output(stamp)))).toEqual(before);
  });

  it("deploys all three and confirms each", async () => {
    for (const host of hosts) await fleet.edit(host, `{ environment.etc.motd.text = "second ${host}"; }`);
    const run = await deployJson(fleet);
    expect(run.report.verdicts.map(({ status }) => status)).toEqual(["deployed", "deployed", "deployed"]);
    expect(run.exitCode).toBe(0);
    const systems = await fleet.systems();
    for (const name of hosts) {
      await expectConfirmed(fleet, fleet.host(name), systems.get(name));
      expect(run.verdict(name)).toMatchObject({ after: systems.get(name), generation: 2 });
      expect(await fleet.host(name).output("cat /etc/motd")).toBe(`second ${name}`);
    }
  });

  it("deploys only the host that changed", async () => {
    await fleet.edit("compute", '{ environment.etc.motd.text = "third"; }');
    const run = await deployJson(fleet);
    expect(run.report.verdicts.map(({ status }) => status)).toEqual(["unchanged", "deployed", "unchanged"]);
    expect(run.verdict("compute").generation).toBe(3);
  });

  it("deploys what is selected and nothing else, in deploy-rs' spelling too", async () => {
    for (const host of hosts) await fleet.edit(host, `{ environment.etc.motd.text = "fourth ${host}"; }`);
    expect((await deployJson(fleet, [".#nas"])).report.verdicts.map(({ host, status }) => [host, status])).toEqual([
      ["nas", "deployed"],
    ]);
    expect((await deployJson(fleet, ["@edge"])).report.verdicts.map(({ host }) => host)).toEqual(["gateway"]);
    const rest = await deployJson(fleet, ["!@edge and !nas"]);
    expect(rest.report.verdicts.map(({ host, status }) => [host, status])).toEqual([["compute", "deployed"]]);
  });

  it("dry-activate says what would happen and changes nothing", async () => {
    const before = await fleet.host("compute").currentSystem();
    await fleet.edit(
      "compute",
      '{ systemd.services.extra = { wantedBy = [ "multi-user.target" ]; script = "sleep infinity"; }; }',
    );
    const run = await deployJson(fleet, ["compute", "--goal", "dry-activate"]);
    expect(run.verdict("compute")).toMatchObject({
      status: "unchanged",
      note: "would start extra.service; nothing was changed",
    });
    const said = run.events.flatMap((event) => (event.kind === "log" ? [event.line] : [])).join("\n");
    expect(said).toContain("would start the following units: extra.service");
    await expectConfirmed(fleet, fleet.host("compute"), before);
  });

  it("test leaves the boot default alone; switch then makes it the boot default", async () => {
    const before = await fleet.host("compute").currentSystem();
    const tested = await deployJson(fleet, ["compute", "--goal", "test"]);
    expect(tested.verdict("compute")).toMatchObject({ status: "deployed", before });
    expect(
      await fleet
        .host("compute")
        .readFile("/boot/lab-default")
        .then((text) => text.trim()),
    ).toBe(before);
    const status = JSON.parse((await fleet.flurry(["status", "compute", "--json"])).stdout) as {
      hosts: { state: string }[];
    };
    expect(status.hosts[0]?.state).toBe("uncommitted");
    const switched = await deployJson(fleet, ["compute"]);
    expect(switched.verdict("compute").status).toBe("deployed");
    await expectConfirmed(fleet, fleet.host("compute"), (await fleet.systems()).get("compute"));
  });

  it("boot makes it the boot default without activating it", async () => {
    const host = fleet.host("compute");
    const before = await host.currentSystem();
    await fleet.edit("compute", '{ environment.etc.motd.text = "after the next boot"; }');
    const run = await deployJson(fleet, ["compute", "--goal", "boot"]);
    const wanted = (await fleet.systems()).get("compute")?.slice("/nix/store/".length, "/nix/store/".length + 8);
    expect(run.verdict("compute")).toMatchObject({ status: "deployed", note: `boots ${wanted} next` });
    expect(await host.currentSystem()).toBe(before);
    const bootId = await host.bootId();
    await host.reset();
    await host.waitForBoot(bootId);
    await expectConfirmed(fleet, host, (await fleet.systems()).get("compute"));
  });

  it("runs commands on many hosts and keeps their output apart", async () => {
    const { exitCode, stdout } = await fleet.flurry([
      "exec",
      "*",
      "--json",
      "--",
      "sh",
      "-c",
      'echo "$0 on $(hostname)"',
      "it's me",
    ]);
    expect(exitCode).toBe(0);
    const { hosts: results } = JSON.parse(stdout) as { hosts: { host: string; stdout: string; exitCode: number }[] };
    expect(results.map(({ host, stdout: said }) => [host, said.trim()])).toEqual(
      hosts.map((host) => [host, `it's me on ${host}`]),
    );
    const script = '[ "$(hostname)" = compute ] || sleep 7755; exit 3';
    const words = ["exec", "nas", "compute", "--json", "--timeout", "5s", "--", "sh", "-c", script];
    const bounded = await fleet.flurry(words);
    expect(bounded.exitCode).toBe(1);
    expect(JSON.parse(bounded.stdout)).toMatchObject({
      hosts: [{ exitCode: null, error: { code: "FLURRY_TIMEOUT", host: "nas" } }, { exitCode: 3 }],
    });
    await expect.poll(() => fleet.host("nas").output("pgrep -f '[s]leep 7755' || true")).toBe("");
  });

  it("status tells drift from what runs as it should", async () => {
    await fleet.edit("nas", '{ environment.etc.motd.text = "not deployed"; }');
    const { stdout, exitCode } = await fleet.flurry(["status", "--json"]);
    const { hosts: statuses } = JSON.parse(stdout) as { hosts: { host: string; state: string }[] };
    expect(statuses.map(({ host, state }) => [host, state])).toEqual([
      ["nas", "drift"],
      ["compute", "ok"],
      ["gateway", "ok"],
    ]);
    expect(exitCode).toBe(0);
  });

  it("keeps a journal of each run", async () => {
    const { stdout } = await fleet.exec(["sh", "-c", "ls .flurry/runs/*.ndjson | wc -l; git status --porcelain"], {
      cwd: fleet.directory,
    });
    const [count, ...changes] = stdout.trim().split("\n");
    expect(Number(count)).toBeGreaterThan(5);
    expect(changes.filter((line) => line.includes(".flurry"))).toEqual([]);
  });
});

describe("a flake without a fleet file", () => {
  it("is deployed as deploy.nodes says", async () => {
    await using fleet = await fleetLab({ hosts: ["nas"], fleetFile: null });
    await fleet.edit("nas", '{ environment.etc.motd.text = "by deploy.nodes"; }');
    const run = await deployJson(fleet, ["nas"]);
    expect(run.verdict("nas").status).toBe("deployed");
    await expectConfirmed(fleet, fleet.host("nas"), (await fleet.systems()).get("nas"));
  });
});
