import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { StorePath } from "@flurry/core";
import { Lab, buildSystems, prepareFleet, testedInits } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

describe.each(testedInits)("installed hosts with %s", (init) => {
  let cacheDirectory: string;
  let lab: Lab;
  let systems: ReadonlyMap<string, StorePath>;
  const hosts = ["nas", "compute"];
  beforeAll(async () => {
    cacheDirectory = await mkdtemp(join(tmpdir(), "fl-cache-"));
    lab = await Lab.up({ hosts, init, cacheDirectory });
    const exec = lab.exec.bind(lab);
    const directory = join(lab.home, "fleet");
    const deployerPublicKey = await readFile(`${lab.identityFile}.pub`, "utf8");
    await prepareFleet({ directory, deployerPublicKey, exec });
    systems = await buildSystems({ directory, hosts, exec });
    await Promise.all(hosts.map(async (name) => await lab.host(name).install(systemOf(name))));
  });
  afterAll(async () => {
    await lab.down();
    await rm(cacheDirectory, { recursive: true });
  });
  const systemOf = (name: string): string => systems.get(name) ?? "";
  const ssh = async (target: string, command: string) =>
    await lab.exec(["ssh", "-F", lab.sshConfigFile, target, command], { timeoutMs: 60_000 });

  it("boot the system they were given, as generation 1", async () => {
    for (const name of hosts) {
      expect(await lab.host(name).currentSystem()).toBe(systemOf(name));
      expect(await ssh(name, "readlink /run/booted-system; readlink -f /nix/var/nix/profiles/system")).toMatchObject({
        exitCode: 0,
        stdout: `${systemOf(name)}\n${systemOf(name)}\n`,
      });
      expect(await lab.host(name).output("ls /nix/var/nix/profiles")).toContain("system-1-link");
      expect(await lab.host(name).output("systemctl list-units --failed --no-legend --plain")).toBe("");
    }
  });

  it("let deploy in and become root", async () => {
    expect(await ssh("deploy@nas", "sudo -n id -u")).toMatchObject({ exitCode: 0, stdout: "0\n" });
  });

  it("come back to it after a reboot and after a power cut", async () => {
    const nas = lab.host("nas");
    const boots = [await nas.bootId()];
    await ssh("nas", "systemctl reboot");
    boots.push(await nas.waitForBoot(boots[0] ?? ""));
    await nas.reset();
    boots.push(await nas.bootId());
    expect(new Set(boots).size).toBe(3);
    expect(await nas.currentSystem()).toBe(systemOf("nas"));
    expect(await ssh("nas", "true")).toMatchObject({ exitCode: 0 });
  });

  it("boot the installer when the boot entry names no system", async () => {
    const compute = lab.host("compute");
    await compute.output("echo /nix/store/none > /boot/lab-default");
    await compute.reset();
    expect(await compute.currentSystem()).toBeUndefined();
    expect(await compute.log()).toContain("/nix/store/none is not bootable");
    await compute.output(`echo ${systemOf("compute")} > /boot/lab-default`);
    await compute.reset();
    expect(await compute.currentSystem()).toBe(systemOf("compute"));
  });

  it("refuse what is no system", async () => {
    await expect(lab.host("nas").install("result")).rejects.toMatchObject({ code: "LAB_INVALID" });
  });

  it("leave their systems in the cache: the next lab need not build them, and labs do not disturb each other", async () => {
    const others = await Promise.all([0, 1].map(() => Lab.up({ hosts: ["nas"], init: "mini", cacheDirectory })));
    await Promise.all(others.map((other) => other.host("nas").install(systemOf("nas"))));
    for (const other of others) {
      expect(await other.host("nas").currentSystem()).toBe(systemOf("nas"));
      expect(await other.exec(["nix-store", "--verify", "--check-contents"])).toMatchObject({ exitCode: 0 });
      await other.exec(["nix-collect-garbage"]);
      await other.down();
    }
    const verified = await lab.exec([
      "nix-store",
      "--store",
      `local?root=${cacheDirectory}`,
      "--verify",
      "--check-contents",
    ]);
    expect(verified).toMatchObject({ exitCode: 0 });
    await lab.host("nas").reset();
    expect(await lab.host("nas").currentSystem()).toBe(systemOf("nas"));
  });
});
