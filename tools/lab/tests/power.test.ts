import { Lab, testedInits } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

describe.each(testedInits)("power of a host with %s", (init) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.up({ hosts: ["nas"], init });
  });
  afterAll(async () => {
    await lab.down();
  });

  it("is lost and comes back: another boot id, /run gone, the disk kept", async () => {
    const nas = lab.host("nas");
    const before = await nas.bootId();
    expect(await nas.output("cat /proc/sys/kernel/random/boot_id")).toBe(before);
    await nas.run("touch /run/gone /var/kept");
    await nas.powerCut();
    expect([await nas.hasPower(), await nas.isUp()]).toEqual([false, false]);
    await expect(nas.run("true")).rejects.toMatchObject({ code: "LAB_HOST_DOWN" });
    await nas.powerOn();
    expect(await nas.bootId()).not.toBe(before);
    expect([await nas.exists("/run/gone"), await nas.exists("/var/kept")]).toEqual([false, true]);
  });

  it.each(["systemctl reboot", "busybox reboot -f"])("comes back after %s", async (command) => {
    const nas = lab.host("nas");
    const before = await nas.bootId();
    await lab.exec(["ssh", "-F", lab.sshConfigFile, "nas", command], { timeoutMs: 60_000 });
    const after = await nas.waitForBoot(before, { timeoutMs: 60_000 });
    expect(after).not.toBe(before);
    expect(await lab.exec(["ssh", "-F", lab.sshConfigFile, "nas", "true"])).toMatchObject({ stderr: "", exitCode: 0 });
  });

  it("takes addresses and packet filters with it, but not the faults of the lab", async () => {
    const nas = lab.host("nas");
    await nas.reject({ port: 8080 });
    await nas.output("nft add table inet lockout && ip addr add 10.0.77.7/16 dev eth0");
    await nas.reset();
    const left = await nas.output("nft list tables; ip -o -4 addr show dev eth0");
    expect(left).toContain("flurry_reject");
    expect(left).not.toMatch(/lockout|10\.0\.77\.7/);
    await nas.reject("off");
  });

  it("stays off after poweroff", async () => {
    const nas = lab.host("nas");
    await nas.run("systemctl poweroff");
    await expect.poll(() => nas.hasPower()).toBe(false);
    await nas.powerOn();
    expect(await nas.isUp()).toBe(true);
  });

  it("is cut at the moment a file appears", async () => {
    const nas = lab.host("nas");
    const before = await nas.bootId();
    const cut = nas.when("/run/lab-test/moment", () => nas.powerCut(), { timeoutMs: 60_000 });
    await nas.run("mkdir /run/lab-test; sleep 0.1; touch /run/lab-test/moment; sleep 10; touch /var/too-late");
    await cut;
    await nas.powerOn();
    expect(await nas.bootId()).not.toBe(before);
    expect(await nas.exists("/var/too-late")).toBe(false);
  });

  it("does not wait for ever for a file", async () => {
    await expect(lab.host("nas").when("/run/never", () => true, { timeoutMs: 50 })).rejects.toMatchObject({
      code: "FLURRY_TIMEOUT",
    });
  });
});
