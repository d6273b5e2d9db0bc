import type { FleetLab } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetLab } from "./support/fleet.ts";

const names = Array.from({ length: 10 }, (_, index) => `web-${index + 1}`);

describe("ten hosts behind a bastion that lets three in at a time", () => {
  let fleet: FleetLab;
  let config = "";
  beforeAll(async () => {
    const hosts = [...names, "bastion"].map((name) => ({ name, init: "mini" as const }));
    fleet = await fleetLab({ kind: "synthetic", hosts });
    const bastion = fleet.host("bastion");
    const strict = "MaxStartups 3:100:3\n";
    const used = await bastion.output("ps -eo args= | sed -n 's/.*sshd.* -f \\([^ ]*\\).*/\\1/p' | head -n 1");
    config = used === "" ? "/etc/ssh/sshd_config" : used;
    // Of this setting the last value counts; the file of a NixOS system is a link into its store.
    await bastion.run(
      ["sh", "-c", `cat "$(readlink -f ${config})" - > /tmp/config && rm -f ${config} && mv /tmp/config ${config}`],
      {
        stdin: strict,
      },
    );
    await bastion.sshd("kill");
    const entries = names.map((name) => `  ${name}: { address: ${fleet.host(name).address} }`);
    await fleet.writeFleetFile(`defaults: { deploy: { sshUser: root, jump: ${bastion.address}, confirmTimeout: 30s, activationTimeout: 30s } }
hosts:
${entries.join("\n")}
rollout: { onFailure: continue, parallel: { activate: 10, copy: 2 } }
`);
    for (const name of names) await fleet.edit(name, `{ environment.etc.motd.text = "through the bastion"; }`);
  }, 240_000);
  afterAll(() => fleet[Symbol.asyncDispose]());

  it("really has few places", async () => {
    const { stdout } = await fleet.host("bastion").run(`/usr/sbin/sshd -T -f ${config} | grep -i '^max'`);
    expect(stdout).toContain("maxstartups 3:100:3");
  });

  it("are deployed at the same time, over few connections to it", async () => {
    const { verdict, exitCode } = await deployJson(fleet);
    expect(names.map((name) => [name, verdict(name).status])).toEqual(names.map((name) => [name, "deployed"]));
    expect(exitCode).toBe(0);
    for (const name of names) await expectConfirmed(fleet, fleet.host(name), verdict(name).after);
  }, 240_000);

  it("say all that they run", async () => {
    const { exitCode, stdout } = await fleet.flurry([
      "exec",
      "*",
      "--json",
      "--parallel",
      "10",
      "--",
      "cat",
      "/etc/motd",
    ]);
    expect(exitCode).toBe(0);
    expect(stdout.match(/through the bastion/g)).toHaveLength(names.length);
  });
});
