import { Lab, testedInits } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

describe.each(testedInits)("faults of a host with %s", (init) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.up({ hosts: [{ name: "nas", storeSizeMiB: 20 }, "compute"], init });
  });
  afterAll(async () => {
    await lab.down();
  });
  /** Gives up after two seconds, which is too early to say that a host works when this machine is busy. */
  const ssh = async (host: string, command = "true", connectTimeout = 2) =>
    await lab.exec(["ssh", "-F", lab.sshConfigFile, "-o", `ConnectTimeout=${connectTimeout}`, host, command], {
      timeoutMs: 100_000,
    });
  const fails = async (host: string) => (await ssh(host)).exitCode !== 0;
  const works = async (host: string) => (await ssh(host, "true", 60)).exitCode === 0;

  it("a host that has only begun to boot has no console yet: a command for it never runs in the lab's own place", async () => {
    const compute = lab.host("compute");
    await compute.powerCut();
    await compute.powerOn({ waitForBoot: false });
    const seen = new Set<string>();
    while (!(await compute.isUp()) || seen.size === 0) {
      const { stdout, stderr } = await compute
        .run("ls -d /.flurry-lab 2> /dev/null; echo asked")
        .catch(() => ({ stdout: "", stderr: "" }));
      seen.add(stdout === "" ? stderr.replace(/^nsenter.*\n/, "") : stdout);
    }
    expect([...seen]).not.toContain("/.flurry-lab\nasked\n");
  });

  it("link down and up", async () => {
    const nas = lab.host("nas");
    await nas.link("down");
    expect(await fails("nas")).toBe(true);
    expect(await works("compute")).toBe(true);
    expect(await nas.output("hostname")).toBe("nas");
    await nas.link("up");
    expect(await works("nas")).toBe(true);
  });

  it("blackhole: a timeout, not a refusal", async () => {
    await lab.host("nas").blackhole();
    expect((await ssh("nas")).stderr).toContain("timed out");
    expect(await works("compute")).toBe(true);
    await lab.host("nas").blackhole("off");
    expect(await works("nas")).toBe(true);
  });

  it("blackhole of one port", async () => {
    await lab.host("nas").blackhole({ port: 22 });
    expect((await ssh("nas")).stderr).toContain("timed out");
    expect(await lab.exec(["busybox", "ping", "-c", "1", "-W", "2", "10.0.20.10"])).toMatchObject({ exitCode: 0 });
    await lab.host("nas").blackhole("off");
    expect(await works("nas")).toBe(true);
  });

  it("a connection survives a short blackhole", async () => {
    const nas = lab.host("nas");
    const session = ssh("nas", ": > /run/begun; until [ -e /run/cut ]; do sleep 0.1; done; echo survived", 60);
    await expect.poll(() => nas.exists("/run/begun")).toBe(true);
    await nas.blackhole();
    await nas.output("touch /run/cut; sleep 1");
    await nas.blackhole("off");
    expect(await session).toMatchObject({ exitCode: 0, stdout: "survived\n" });
  });

  it("reject: refused at once", async () => {
    await lab.host("nas").reject({ port: 22 });
    expect((await ssh("nas")).stderr).toContain("refused");
    await lab.host("nas").reject("off");
    expect(await works("nas")).toBe(true);
  });

  it("loss of everything and of a tenth", async () => {
    await lab.host("nas").loss(100);
    expect(await fails("nas")).toBe(true);
    await lab.host("nas").loss(10);
    expect(await works("nas")).toBe(true);
    await lab.host("nas").loss(0);
    await expect(lab.host("nas").loss(101)).rejects.toMatchObject({ code: "LAB_INVALID" });
  });

  it("rate", async () => {
    await lab.host("nas").rate("4mbit");
    const begun = performance.now();
    expect((await ssh("nas", "head -c 500000 /dev/urandom", 60)).exitCode).toBe(0);
    expect(performance.now() - begun).toBeGreaterThan(900);
    await lab.host("nas").rate("off");
    await expect(lab.host("nas").rate("fast")).rejects.toMatchObject({ code: "LAB_INVALID" });
  });

  it("delay: of every packet, beside other faults", async () => {
    const nas = lab.host("nas");
    /** The shortest of two: on a busy machine one takes longer than the way does. */
    const roundTrip = async (): Promise<number> => {
      const { stdout } = await lab.exec(["busybox", "ping", "-c", "2", "-W", "2", nas.address]);
      return Number(/= ([\d.]+)\//.exec(stdout)?.[1]);
    };
    expect(await roundTrip()).toBeLessThan(90);
    await nas.delay(100);
    expect(await roundTrip()).toBeGreaterThan(99);
    const begun = performance.now();
    expect(await works("nas")).toBe(true);
    expect(performance.now() - begun).toBeGreaterThan(400);
    const sent = await lab.exec(["ssh", "-F", lab.sshConfigFile, "nas", "md5sum"], { stdin: "x".repeat(5_000_000) });
    const here = await lab.exec(["md5sum"], { stdin: "x".repeat(5_000_000) });
    expect(sent.stdout).toBe(here.stdout);
    await nas.blackhole();
    expect((await ssh("nas")).stderr).toContain("timed out");
    await nas.blackhole("off");
    await nas.delay(40);
    expect(await works("nas")).toBe(true);
    await nas.delay(0);
    expect(await roundTrip()).toBeLessThan(90);
    expect(await works("nas")).toBe(true);
  });

  it("sshd killed comes back, stopped does not, frozen hangs", async () => {
    const nas = lab.host("nas");
    await nas.sshd("kill");
    await expect.poll(() => works("nas")).toBe(true);
    await nas.sshd("stop");
    expect((await ssh("nas")).stderr).toContain("refused");
    await nas.sshd("start");
    expect(await works("nas")).toBe(true);
    await nas.sshd("freeze");
    expect(await fails("nas")).toBe(true);
    await nas.sshd("thaw");
    expect(await works("nas")).toBe(true);
  });

  it("a changed host key is refused until it is recorded, a revoked one always", async () => {
    const nas = lab.host("nas");
    await nas.changeHostKey();
    expect((await ssh("nas")).stderr).toContain("REMOTE HOST IDENTIFICATION HAS CHANGED");
    await nas.changeHostKey({ record: true });
    expect(await works("nas")).toBe(true);
    await nas.revoke();
    expect((await ssh("nas")).stderr).toContain("REVOKED");
    await nas.changeHostKey({ record: true });
    expect(await works("nas")).toBe(true);
  });

  it("Nix killed: the daemon dies and comes back", async () => {
    const nas = lab.host("nas");
    const ping = async () => await ssh("deploy@nas", "nix store ping", 60);
    await expect.poll(async () => (await ping()).exitCode).toBe(0);
    expect(await nas.killNix()).toBe(true);
    expect((await ping()).exitCode).not.toBe(0);
    await expect.poll(async () => (await ping()).exitCode).toBe(0);
  });

  it("frozen: everything stands still, then goes on", async () => {
    const nas = lab.host("nas");
    await nas.freeze();
    expect((await ssh("nas")).stderr).toMatch(/timed out/);
    await nas.thaw();
    expect(await works("nas")).toBe(true);
  });

  it("a clock that leaps, for those who ask date", async () => {
    const nas = lab.host("nas");
    const hoursOff = async (): Promise<number> =>
      Math.round((Number(await nas.output("date +%s")) - Date.now() / 1000) / 3600);
    for (const hours of [30, -2, 0]) {
      await nas.clock(hours * 3600);
      expect(await hoursOff()).toBeCloseTo(hours);
    }
    await nas.clock(3600);
    expect(await nas.output("date -u -d @0 +%Y")).toBe("1970");
    await nas.reset();
    expect(await hoursOff()).toBeCloseTo(0);
  });

  it("disk full", async () => {
    const nas = lab.host("nas");
    await nas.fillDisk();
    expect((await nas.run("cp /etc/passwd /nix/file")).stderr).toContain("No space left on device");
    await nas.freeDisk();
    expect(await nas.run("cp /etc/passwd /nix/file")).toMatchObject({ exitCode: 0 });
    await nas.fillDisk({ leaveBytes: 2_000_000 });
    const free = Number(await nas.output("df --output=avail --block-size=1 /nix | tail -n 1"));
    expect(free).toBeGreaterThan(1_900_000);
    expect(free).toBeLessThan(2_100_000);
    await nas.freeDisk();
    await expect(lab.host("compute").fillDisk()).rejects.toMatchObject({ code: "LAB_UNSUPPORTED" });
  });

  it("power cut of a frozen host", async () => {
    const nas = lab.host("nas");
    await nas.freeze();
    await nas.powerCut();
    await nas.powerOn();
    expect(await works("nas")).toBe(true);
  });
});
