import type { FleetLab } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetLab } from "./support/fleet.ts";

describe("systems that are built elsewhere", () => {
  let fleet: FleetLab;
  beforeAll(async () => {
    const names = ["builder", "own", "served"];
    fleet = await fleetLab({ kind: "synthetic", hosts: names.map((name) => ({ name, init: "mini" as const })) });
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  const writeFleet = async (places: Readonly<Record<string, string>>): Promise<void> => {
    const hosts = fleet.lab.hosts.map(({ name, address }) => {
      const place = places[name] === undefined ? "" : `, deploy: { buildOn: ${places[name]} }`;
      return `  ${name}: { address: ${address}${place} }`;
    });
    await fleet.writeFleetFile(`defaults: { deploy: { sshUser: root, confirmTimeout: 20s, activationTimeout: 20s } }
hosts:
${hosts.join("\n")}
`);
  };
  /** Whether a store path is in the deployer's store. */
  const isHere = async (path: string | undefined): Promise<boolean> =>
    (await fleet.exec(["nix-store", "--check-validity", path ?? ""])).exitCode === 0;

  it("on the host itself: nothing of the system comes through the deployer", async () => {
    await writeFleet({ own: "target" });
    await fleet.edit("own", '{ environment.etc.motd.text = "built here"; }');
    const run = await deployJson(fleet, ["own"]);
    expect(run.verdict("own").status).toBe("deployed");
    await expectConfirmed(fleet, fleet.host("own"), run.verdict("own").after);
    expect(await fleet.host("own").output("cat /etc/motd")).toBe("built here");
    expect(await isHere(run.verdict("own").after)).toBe(false);
    const copies = run.events.filter((event) => event.kind === "stage-finished" && event.stage === "copy");
    expect(copies).toMatchObject([{ outcome: "skipped" }]);
  });

  it("on another host of the fleet, which is not deployed to itself", async () => {
    await writeFleet({ served: "builder" });
    await fleet.edit("served", '{ environment.etc.motd.text = "built there"; }');
    const before = await fleet.host("builder").currentSystem();
    const run = await deployJson(fleet, ["served"]);
    expect(run.verdict("served").status).toBe("deployed");
    const system = run.verdict("served").after ?? "";
    await expectConfirmed(fleet, fleet.host("served"), system);
    expect(await fleet.host("builder").output(`nix-store --check-validity ${system} && echo valid`)).toBe("valid");
    expect(await fleet.host("builder").currentSystem()).toBe(before);
  });

  it("as the command line says, for one build: the log of a failure comes back", async () => {
    await fleet.edit(
      "own",
      '{ pkgs, ... }: { environment.etc.motd.source = derivation { name = "broken"; system = pkgs.system; builder = "/bin/sh"; args = [ "-c" "echo the disk is upside down; exit 1" ]; }; }',
    );
    const { exitCode, stdout } = await fleet.flurry(["build", "own", "--build-on", "target", "--json"]);
    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ hosts: [{ host: "own", error: { code: "FLURRY_BUILD_FAILED" } }] });
    expect(stdout).toContain("the disk is upside down");
  });

  it("is pushed to a binary cache", async () => {
    await writeFleet({});
    await fleet.edit("own", '{ environment.etc.motd.text = "for the cache"; }');
    const cache = `file://${fleet.lab.home}/cache`;
    const { exitCode, stdout } = await fleet.flurry(["build", "own", "served", "--push", cache]);
    expect(exitCode).toBe(0);
    const paths = stdout.trim().split("\n");
    expect(paths).toHaveLength(2);
    for (const path of paths) {
      const info = await fleet.exec([
        "nix",
        "--extra-experimental-features",
        "nix-command",
        "path-info",
        "--store",
        cache,
        path,
      ]);
      expect(info).toMatchObject({ exitCode: 0, stdout: `${path}\n` });
    }
    const refused = await fleet.flurry(["build", "own", "--push", "file:///proc/no/cache", "--json"]);
    expect(refused.exitCode).not.toBe(0);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      hosts: [{ status: "failed", error: { code: "FLURRY_COPY_FAILED" } }],
    });
  });

  it("a builder that cannot be reached is the failure of its hosts, and of no other", async () => {
    await writeFleet({ served: "ssh-ng://root@10.255.255.1?connect-timeout=1", own: "local" });
    await fleet.edit("own", '{ environment.etc.motd.text = "fine"; }');
    await fleet.edit("served", '{ environment.etc.motd.text = "again"; }');
    const run = await deployJson(fleet, ["own", "served"]);
    expect(run.verdict("own").status).toBe("deployed");
    expect(run.verdict("served")).toMatchObject({ status: "failed" });
  });
});
