import type { FleetLab, LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetLab } from "./support/fleet.ts";

const names = Array.from({ length: 10 }, (_, index) => `web-${index + 1}`);

/** How many connections a host has accepted since it booted. */
async function accepted(host: LabHost): Promise<number> {
  const tcp = (await host.output("cat /proc/net/snmp")).split("\n").filter((line) => line.startsWith("Tcp: "));
  const [labels = [], numbers = []] = tcp.map((line) => line.split(" "));
  return Number(numbers[labels.indexOf("PassiveOpens")]);
}

describe("ten hosts behind a bastion that lets three in at a time", () => {
  let fleet: FleetLab;
  let config = "";
  beforeAll(async () => {
    const hosts = [...names, "bastion"].map((name) => ({ name, init: "mini" as const }));
    fleet = await fleetLab({ kind: "synthetic", hosts });
    const bastion = fleet.host("bastion");
    const used = await bastion.output("ps -eo args= | sed -n 's/.*sshd.* -f \\([^ ]*\\).*/\\1/p' | head -n 1");
    config = used === "" ? "/etc/ssh/sshd_config" : used;
    // Of one setting the first value counts, of the other the last; the file of a NixOS system is a link into its store.
    await bastion.output(`
      sed 's/^MaxSessions.*/MaxSessions 1/; $a MaxStartups 3:100:3' "$(readlink -f ${config})" > /tmp/config
      rm -f ${config} && mv /tmp/config ${config}`);
    await bastion.sshd("kill");
    const entries = names.map((name) => `  ${name}: { address: ${fleet.host(name).address} }`);
    await fleet.writeFleetFile(`defaults: { deploy: { sshUser: root, jump: ${bastion.address}, confirmTimeout: 30s, activationTimeout: 30s } }
hosts:
${entries.join("\n")}
rollout: { onFailure: continue, parallel: { activate: 10, copy: 10 } }
`);
    for (const name of names) await fleet.edit(name, `{ environment.etc.motd.text = "through the bastion"; }`);
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  it("really has few places", async () => {
    const { stdout } = await fleet.host("bastion").run(`/usr/sbin/sshd -T -f ${config} | grep -i '^max'`);
    expect(stdout).toContain("maxstartups 3:100:3");
    expect(stdout).toContain("maxsessions 1\n");
  });

  it("are deployed at the same time, over one connection to it: closures too", async () => {
    const before = await accepted(fleet.host("bastion"));
    const hostsBefore = await Promise.all(names.map((name) => accepted(fleet.host(name))));
    const { verdict, exitCode } = await deployJson(fleet);
    expect(names.map((name) => [name, verdict(name).status])).toEqual(names.map((name) => [name, "deployed"]));
    expect(exitCode).toBe(0);
    expect((await accepted(fleet.host("bastion"))) - before).toBe(1);
    // One to work over, and one that proves that the new system lets connections in.
    const hostsAfter = await Promise.all(names.map((name) => accepted(fleet.host(name))));
    expect(hostsAfter.map((count, index) => count - (hostsBefore[index] ?? 0))).toEqual(names.map(() => 2));
    for (const name of names) await expectConfirmed(fleet, fleet.host(name), verdict(name).after);
  });

  it("have large closures brought by OpenSSH, over one connection more to it", async () => {
    const before = await accepted(fleet.host("bastion"));
    const some = names.slice(0, 4);
    const large = `environment.etc.motd.text = "through the bastion"; lab.blobs = { count = 5; mib = 1; seed = 3; };`;
    for (const name of some) await fleet.edit(name, `{ ${large} }`);
    const { verdict } = await deployJson(fleet);
    expect(some.map((name) => [name, verdict(name).status])).toEqual(some.map((name) => [name, "deployed"]));
    expect((await accepted(fleet.host("bastion"))) - before).toBe(2);
  });

  it.each(["ssh2", "openssh"])("say all what they run, over one connection of %s", async (transport) => {
    const before = await accepted(fleet.host("bastion"));
    const words = ["exec", "*", "--json", "--parallel", "10", "--", "cat", "/etc/motd"];
    const { exitCode, stdout } = await fleet.flurry(words, { env: { FLURRY_SSH_TRANSPORT: transport } });
    expect(exitCode).toBe(0);
    expect((await accepted(fleet.host("bastion"))) - before).toBe(1);
    expect(stdout.match(/through the bastion/g)).toHaveLength(names.length);
  });
});
