import type { FleetLab, LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetFile, fleetLab, jsonRun } from "./support/fleet.ts";
import type { JsonRun } from "./support/fleet.ts";

const records = "/var/lib/flurry/runs";

describe("the connection breaks, the host does not", () => {
  let fleet: FleetLab;
  let host: LabHost;
  let version = 0;
  beforeAll(async () => {
    const file = fleetFile({ compute: "deploy: { confirmTimeout: 25s }" });
    fleet = await fleetLab({ hosts: [{ name: "compute", init: "systemd" }], fleetFile: file });
    host = fleet.host("compute");
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  async function newSystem(more = ""): Promise<void> {
    version += 1;
    await fleet.edit("compute", `{ environment.etc.motd.text = "version ${version}"; ${more} }`);
  }

  /** Deploys, and does something when a field of the run's record appears on the host. */
  async function deployAnd(field: string, fault: () => Promise<unknown>): Promise<JsonRun> {
    await using deployment = fleet.spawnFlurry(["deploy", "--json"]);
    for await (const line of deployment.lines) {
      const [, runId] = /"runId":"([^"]+)"/.exec(line) ?? [];
      if (runId === undefined) continue;
      await host.when(`${records}/${runId}/${field}`, fault);
      break;
    }
    return jsonRun(await deployment.exited);
  }

  async function seconds(count: number): Promise<void> {
    await new Promise((resolve) => {
      setTimeout(resolve, count * 1000);
    });
  }

  async function expectDeployed({ verdict }: JsonRun): Promise<void> {
    await expectConfirmed(fleet, host, verdict("compute").after);
    expect(await host.output("cat /etc/motd")).toBe(`version ${version}`);
  }

  // What is reset while the host activates, and while it commits, is below: at moments of the host's own.
  it.each(["preflight", "copy", "arm", "prove"])(
    "reset when the stage %s begins: the host takes its new system, or is free to be asked again at once",
    async (stage) => {
      const before = await host.currentSystem();
      await newSystem();
      await using deployment = fleet.spawnFlurry(["deploy", "--json"]);
      for await (const line of deployment.lines)
        if (line.includes('"stage-started"') && line.includes(`"${stage}"`)) break;
      await host.sshd("kill-all");
      const run = jsonRun(await deployment.exited);
      const { status } = run.verdict("compute");
      if (status === "deployed") return await expectDeployed(run);
      // Once the host has begun it is not given up.
      expect(stage).not.toBe("prove");
      expect(status).toBe("unreachable");
      expect(await host.currentSystem()).toBe(before);
      const again = await deployJson(fleet);
      expect(again.verdict("compute").status).toBe("deployed");
      await expectDeployed(again);
    },
  );

  it("reset while the activation runs: it goes on, and is confirmed over a new one", async () => {
    await newSystem("lab.trouble.slowActivationSeconds = 3;");
    const run = await deployAnd("token", () => host.sshd("kill-all"));
    expect(run.verdict("compute").status).toBe("deployed");
    await expectDeployed(run);
  });

  it("swallowed while the activation runs: the deployer does not hang, and confirms when packets come through again", async () => {
    await newSystem("lab.trouble.slowActivationSeconds = 2;");
    const swallow = async (): Promise<void> => {
      await host.blackhole();
      await seconds(5);
      await host.blackhole("off");
    };
    const run = await deployAnd("token", swallow);
    expect(run.verdict("compute").status).toBe("deployed");
    await expectDeployed(run);
  });

  it("refused when the proof is to be made: it is tried again until the time is over", async () => {
    await newSystem();
    const away = async (): Promise<void> => {
      await host.reject({ port: 22 });
      await seconds(4);
      await host.reject("off");
    };
    const run = await deployAnd("tried", away);
    expect(run.verdict("compute").status).toBe("deployed");
    await expectDeployed(run);
  });

  it("reset when the host commits: the lost answer is no failure", async () => {
    await newSystem();
    const run = await deployAnd("token.commit", () => host.sshd("kill-all"));
    expect(run.verdict("compute").status).toBe("deployed");
    await expectDeployed(run);
  });

  it("away until the host went back: the same system deploys when it is there again", async () => {
    const before = await host.currentSystem();
    await newSystem();
    const run = await deployAnd("tried", async () => {
      await host.blackhole();
      await expect.poll(() => host.currentSystem()).toBe(before);
      await host.blackhole("off");
    });
    expect(run.verdict("compute")).toMatchObject({ status: "reverted", after: before });
    await expectConfirmed(fleet, host, before);
    const again = await deployJson(fleet);
    expect(again.verdict("compute").status).toBe("deployed");
    await expectDeployed(again);
  });

  it("shared with the user's own ssh: what was open before proves nothing", async () => {
    const before = await host.currentSystem();
    const config = `${fleet.directory}-ssh-config`;
    const shared = `${fleet.lab.home}/master`;
    const lines = `Host *\\n  ControlMaster auto\\n  ControlPath ${shared}\\n  ControlPersist 600\\nInclude ${fleet.lab.sshConfigFile}\\n`;
    await fleet.exec(["sh", "-c", `printf '${lines}' > ${config}`]);
    await fleet.exec(["sh", "-c", `ssh -F ${config} -f -N 10.0.20.11 < /dev/null > /dev/null 2>&1`]);
    expect((await fleet.exec(["ssh", "-F", config, "-O", "check", "10.0.20.11"])).exitCode).toBe(0);
    await newSystem("lab.trouble.stopSshd = true;");
    const { verdict } = await deployJson(fleet, ["--ssh-config", config, "--confirm-timeout", "5s"]);
    expect(verdict("compute")).toMatchObject({ status: "reverted", after: before });
    await fleet.exec(["ssh", "-F", config, "-O", "exit", "10.0.20.11"]);
    await expectConfirmed(fleet, host, before);
  });
});
