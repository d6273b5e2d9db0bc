import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { FleetLab, leftovers, testedInits } from "@flurry/lab";
import type { LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { parseReply } from "../src/host/reply.ts";
import { runOnce, runOnceWith, scriptWith } from "../src/host/supervisor.ts";
import { MadeKey } from "../src/keys/made-key.ts";
import { delivery } from "../src/keys/upload-message.ts";
import { aKey } from "./support/a-key.ts";
import { bring, facts, HostRun, putKeys, standing } from "./support/host-run.ts";

const flurry = fileURLToPath(new URL("../../cli/bin/flurry.js", import.meta.url));

/** The hosts of the lab have the programs of this machine, and root of this machine may watch them. */
const isTraceable = process.getuid?.() === 0 && existsSync("/usr/bin/strace");

/** What a host looks like that runs and boots one system. */
function restsOn(system: string): object {
  return { current: system, profile: system, bootDefault: system };
}

describe.each(testedInits)("the supervisor on a host with %s, without any deployer", (init) => {
  let fleet: FleetLab;
  let host: LabHost;
  let first = "";
  let good = "";
  let fails = "";
  let unbootable = "";
  beforeAll(async () => {
    fleet = await FleetLab.up({ hosts: [{ name: "compute", init }], flurry });
    host = fleet.host("compute");
    first = (await host.currentSystem()) ?? "";
    good = await bring(fleet, host, '{ environment.etc.motd.text = "good"; }');
    fails = await bring(fleet, host, "{ lab.trouble.activationFails = 1; }");
    unbootable = await bring(fleet, host, "{ lab.trouble.bootloaderFails = true; }");
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  async function expectRest(system: string): Promise<void> {
    await expect.poll(() => leftovers(host)).toEqual([]);
    expect(await standing(host)).toEqual(restsOn(system));
  }

  /** Commits the first system again, whatever the test before left. */
  async function back(): Promise<void> {
    const run = new HostRun(host);
    await run.untilTried(first);
    await run.verb("confirm");
    expect((await run.verdict()).one("verdict")).toBe("committed");
    await expectRest(first);
  }

  it("a start whose lease is over, when another run has the lock, changes nothing", async () => {
    const [dead, next] = [new HostRun(host), new HostRun(host)];
    expect((await dead.preflight(good)).one("refused")).toBeUndefined();
    const told = await next.preflight(good);
    expect([told.one("refused"), told.one("lock_owner")]).toEqual(["locked", "alice@laptop"]);
    await host.output(`sed -i 2s/.*/1/ /run/flurry/lock`);
    expect((await next.preflight(good, { owner: "bob@desk" })).one("refused")).toBeUndefined();
    expect((await dead.verb("start")).one("refused")).toMatch(/^(lock-lost|unknown-run)$/);
    expect((await facts(host)).one("lock_owner")).toBe("bob@desk");
    await next.verb("release");
    await expectRest(first);
  });

  it("a try that gets to run when the host has decided already does not activate anything", async () => {
    const run = new HostRun(host);
    await run.untilTried(good);
    await run.verb("give-up", "gave-up for the test");
    expect((await run.verdict()).one("verdict")).toBe("reverted");
    await run.verb("try");
    await expectRest(first);
  });

  it("a start that comes twice, and again after the verdict, begins once", async () => {
    const run = new HostRun(host);
    await run.preflight(good);
    await Promise.all([run.verb("start"), run.verb("start")]);
    await run.verb("await", "tried", "60");
    await run.verb("give-up", "gave-up for the test");
    await run.verdict();
    expect((await run.verb("start")).one("verdict")).toBe("reverted");
    await expectRest(first);
  });

  it("a confirmation that comes twice at once, and again after the verdict, commits once", async () => {
    const before = (await facts(host)).one("generation");
    const run = new HostRun(host);
    await run.untilTried(good);
    await Promise.all([run.verb("confirm"), run.verb("confirm")]);
    const verdict = await run.verdict();
    expect(verdict.one("verdict")).toBe("committed");
    expect((await run.verb("confirm")).one("verdict")).toBe("committed");
    expect((await run.verb("give-up", "gave-up too late")).one("verdict")).toBe("committed");
    expect(Number(verdict.one("generation"))).toBe(Number(before) + 1);
    await expectRest(good);
    await back();
  });

  it("a host that no longer runs the new system when it is confirmed does not commit it", async () => {
    const byHand = `${first}/bin/switch-to-configuration test`;
    const run = new HostRun(host);
    await run.untilTried(good, { confirm: "4" });
    await host.output(byHand);
    await run.verb("confirm");
    expect((await run.verdict()).one("verdict")).toBe("reverted");
    // And when it is another one only once the confirmation was taken.
    const late = new HostRun(host);
    await late.untilTried(good);
    await host.output(`${byHand} && sh ${late.record}/supervisor.sh commit ${late.id}`);
    const { one } = await late.verdict();
    expect([one("verdict"), one("reason")?.split(" ")[0]]).toEqual(["reverted", "not-confirmed"]);
    await expectRest(first);
  });

  it("a confirmation that comes when a revert has the right to decide commits nothing, also where the revert was killed", async () => {
    const run = new HostRun(host);
    await run.untilTried(good);
    await host.run(
      `mv ${run.record}/token ${run.record}/token.revert && sh ${run.record}/supervisor.sh commit ${run.id}`,
    );
    expect(await standing(host)).toEqual({ current: good, profile: first, bootDefault: first });
    await run.verb("revert", "gave-up for the test");
    expect((await run.verdict()).one("verdict")).toBe("reverted");
    await expectRest(first);
  });

  it("a run that has begun keeps the lock without its deployer, and the time of its activation ends with that", async () => {
    const [run, next] = [new HostRun(host), new HostRun(host)];
    const endLease = "sed -i 2s/.*/1/ /run/flurry/lock";
    await run.preflight(good);
    await host.output(endLease);
    await run.verb("start");
    expect(Number(await host.output("sed -n 2p /run/flurry/lock"))).toBeGreaterThan(1);
    await run.verb("await", "tried", "60");
    await host.output(endLease);
    expect((await next.preflight(good)).one("refused")).toBe("locked");
    expect((await run.verb("release")).one("refused")).toBe("open");
    const timer = `flurry-${run.id}-activation.timer`;
    const runs = `if [ -d /run/systemd/system ]; then systemctl list-units --plain --no-legend ${timer}; else kill -0 -$(cat ${run.record}/pid-activation) && echo runs; fi 2> /dev/null || true`;
    await expect.poll(() => host.output(runs)).toBe("");
    // Nor is a reboot taken for settled while the host runs another system than its profile's.
    await host.output(`
      mkdir -p /run/wrappers/bin && printf '#!/bin/sh\n' > /run/wrappers/bin/bootctl && chmod 755 /run/wrappers/bin/bootctl
      printf 'an earlier boot\nbootctl\n' > /var/lib/flurry/boots-once`);
    expect((await facts(host)).one("boots_once")).toBe("pending");
    await run.verb("give-up", "gave-up for the test");
    expect((await run.verdict()).one("verdict")).toBe("reverted");
    await expectRest(first);
    expect((await facts(host)).one("boots_once")).toBeUndefined();
  });

  it("remembers runs in the order in which they came, whatever the clocks of their deployers say", async () => {
    const ended = async (id: string): Promise<HostRun> => {
      const run = new HostRun(host, id);
      expect((await run.preflight(good)).one("refused")).toBeUndefined();
      await host.output(`echo reverted > ${run.record}/verdict`);
      await run.verb("status");
      return run;
    };
    const ahead = await ended("order-9");
    const behind = await ended("order-1");
    const history = await host.run(runOnce("generations", [""]), { stdin: scriptWith("generations") });
    const ids = parseReply(history.stdout)
      .all("run_verdict")
      .map((line) => line.split(" ")[4]);
    expect(ids.slice(-2)).toEqual([ahead.id, behind.id]);
    // The oldest of more than twenty are forgotten, unless one warns of a generation that is still there.
    const oldest = "/var/lib/flurry/runs/order-0";
    await host.output(`for n in $(seq 20); do cp -a ${ahead.record} ${ahead.record}-$n; done
      for n in given-up gone; do cp -a ${ahead.record} ${oldest}-$n; echo 0 > ${oldest}-$n/order; done
      for n in given-up gone; do echo ${first}-$n > ${oldest}-$n/candidate; done
      ln -s ${first}-given-up /nix/var/nix/profiles/system-99-link`);
    const next = new HostRun(host);
    expect((await next.preflight(good)).one("refused")).toBeUndefined();
    expect(await host.exists(behind.record)).toBe(true);
    expect(await host.output(`ls -d ${ahead.record}* | wc -l`)).toBe("19");
    expect(await host.output(`ls -d ${oldest}-*`)).toBe(`${oldest}-given-up`);
    await next.verb("release");
    await host.output(`rm -r ${ahead.record}* ${behind.record} ${oldest}-* /nix/var/nix/profiles/system-99-link`);
    await expectRest(first);
  });

  it("what a deployer left that died as it sent the script goes after a while, which no jump of the clock shortens", async () => {
    const { record } = new HostRun(host);
    await host.output(`mkdir -p ${record} && touch -d 2001-01-01 ${record}`);
    await facts(host);
    expect(await host.exists(record)).toBe(true);
    await host.output(`echo 1 > ${record}/opened`);
    await facts(host);
    expect(await host.exists(record)).toBe(false);
  });

  it("a host whose timers somebody has stopped goes back as soon as it is asked", async () => {
    const run = new HostRun(host);
    await run.untilTried(good, { confirm: "600" });
    await host.run(
      `systemctl stop 'flurry-*.timer'; for pid in $(cat ${run.record}/pid-* 2> /dev/null); do kill -9 -$pid; done`,
    );
    await run.verb("status");
    const { one } = await run.verdict();
    expect([one("verdict"), one("reason")]).toEqual([
      "reverted",
      "not-confirmed the timer that watched over the host was lost",
    ]);
    await expectRest(first);
  });

  it("half a verdict is none: the host still goes back, and clears it up", async () => {
    const run = new HostRun(host);
    await run.untilTried(good, { confirm: "3" });
    await host.output(`: > ${run.record}/verdict; printf commi > ${run.record}/.verdict.4711`);
    expect((await run.verb("status")).one("verdict")).toBeUndefined();
    const { one } = await run.verdict();
    expect([one("verdict"), one("reason")?.split(" ")[0]]).toEqual(["reverted", "not-confirmed"]);
    await expectRest(first);
  });

  it("a profile whose generation was deleted meanwhile is restored to the system that it was", async () => {
    const run = new HostRun(host);
    const { one } = await run.untilTried(unbootable);
    expect(one("tried")).toBe("0");
    await host.output(`rm /nix/var/nix/profiles/system-$(readlink /nix/var/nix/profiles/system | tr -dc 0-9)-link`);
    await run.verb("confirm");
    const verdict = await run.verdict();
    expect([verdict.one("verdict"), verdict.one("reason")?.split(" ")[0]]).toEqual(["reverted", "commit-failed"]);
    await expectRest(first);
  });

  it("a profile that cannot be set is left as it was, and so is the boot default", async () => {
    const { one: now } = await facts(host);
    const run = new HostRun(host);
    await run.untilTried(good);
    const profiles = "/nix/var/nix/profiles";
    await host.output(`mount --bind ${profiles} ${profiles} && mount -o remount,bind,ro ${profiles}`);
    await run.verb("confirm");
    const { one } = await run.verdict();
    await host.output(`umount ${profiles}`);
    expect([one("verdict"), one("reason")?.split(" ")[0]]).toEqual(["reverted", "commit-failed"]);
    expect(one("generation")).toBe(now("generation"));
    await expectRest(first);
  });

  it("going back is going to what ran, not to the generation before it: someone had rolled back by hand", async () => {
    const later = new HostRun(host);
    await later.untilTried(good);
    await later.verb("confirm");
    const { one: newest } = await later.verdict();
    const byHand = `nix-env -p /nix/var/nix/profiles/system --switch-generation $(ls /nix/var/nix/profiles | sed -n 's/^system-\\([0-9]*\\)-link/\\1/p' | sort -n | head -n 1)`;
    await host.output(`${byHand} && ${first}/bin/switch-to-configuration switch`);
    const { one: chosen } = await facts(host);
    expect(Number(chosen("generation"))).toBeLessThan(Number(newest("generation")));

    const run = new HostRun(host);
    await run.untilTried(unbootable);
    await run.verb("confirm");
    const { one } = await run.verdict();
    expect(one("verdict")).toBe("reverted");
    expect(one("generation")).toBe(chosen("generation"));
    await expectRest(first);
  });

  it("what belongs to a run can be neither read nor foreseen by users of the host", async () => {
    const run = new HostRun(host);
    await run.untilTried(good);
    const modes = await host.output(
      `stat -c '%a %U' /var/lib/flurry/runs ${run.record} ${run.record}/token /run/flurry`,
    );
    expect(modes.split("\n")).toEqual(["700 root", "700 root", "600 root", "700 root"]);
    const asUser = await host.run(`setpriv --reuid=1000 --regid=1000 --clear-groups ls ${run.record} /run/flurry`);
    expect(asUser.stdout).toBe("");
    await run.verb("give-up", "gave-up for the test");
    await run.verdict();
    await expectRest(first);
  });

  it("a system that is only to boot next and cannot be made the boot default leaves everything as it was", async () => {
    const run = new HostRun(host);
    const { one: opened } = await run.preflight(unbootable, { goal: "boot" });
    await run.verb("start");
    const { one } = await run.verdict();
    expect([one("verdict"), one("reason")?.split(" ")[0]]).toEqual(["reverted", "commit-failed"]);
    expect(one("generation")).toBe(opened("generation"));
    await expectRest(first);
  });

  it("going back restores a boot default that was another system than the one that ran", async () => {
    const next = new HostRun(host);
    await next.preflight(good, { goal: "boot" });
    await next.verb("start");
    expect((await next.verdict()).one("verdict")).toBe("committed");
    expect(await standing(host)).toEqual({ current: first, profile: good, bootDefault: good });

    const givenUp = new HostRun(host);
    await givenUp.untilTried(unbootable);
    await givenUp.verb("give-up", "gave-up for the test");
    expect((await givenUp.verdict()).one("verdict")).toBe("reverted");
    expect(await standing(host)).toEqual({ current: first, profile: good, bootDefault: good });

    const uncommitted = new HostRun(host);
    await uncommitted.untilTried(unbootable);
    await uncommitted.verb("confirm");
    expect((await uncommitted.verdict()).one("verdict")).toBe("reverted");
    expect(await standing(host)).toEqual({ current: first, profile: good, bootDefault: good });
    await back();
  });

  it("says that it keeps a system whose activation failed where going back is off, and a reboot undoes it", async () => {
    const run = new HostRun(host);
    await run.preflight(fails, { auto: "0" });
    await run.verb("start");
    const { one } = await run.verdict();
    expect([one("verdict"), one("reason")?.split(" ")[0]]).toEqual(["kept", "activation-failed"]);
    expect(await standing(host)).toEqual({ current: fails, profile: first, bootDefault: first });
    await host.reset();
    await expectRest(first);
  });

  it("keys that a run brought go when it reverts, those of before are back, and others' are left alone", async () => {
    const key = (name: string, value: string, more = {}): MadeKey =>
      new MadeKey(aKey({ name, path: `/var/keys/${name}`, ...more }), Buffer.from(value));
    const hostile = "a 'b' $(touch pwned) ; -x";
    const old = [key("kept", "old", { mode: "0640", group: "100" }), key(hostile, "old\0\n"), key("other", "old")];
    expect((await putKeys(host, old)).one("uploaded")).toBe("3");
    const shown = async (): Promise<string> =>
      await host.output(
        'cd /var/keys && for f in *; do stat -c "%n %a %U %g" "$f"; od -An -c "$f"; done; ls -A | wc -l',
      );
    const before = await shown();
    expect(before).toMatch(/kept 640 root 100\n +o +l +d\n/);
    expect(before).toContain(`${hostile} 600 root 0\n   o   l   d  \\0  \\n\n`);

    const run = new HostRun(host);
    await run.preflight(good);
    const next = [key("kept", "new"), key(hostile, "new"), key("other", "new"), key("more", "")];
    expect((await run.keys(next)).one("uploaded")).toBe("4");
    expect(await host.output("cat /var/keys/kept /var/keys/other; stat -c %a /var/keys/more")).toBe("newnew600");
    await run.verb("start");
    await run.verb("await", "tried", "60");
    // Meanwhile somebody brings one of them alone.
    expect((await putKeys(host, [key("other", "newest")])).one("uploaded")).toBe("1");
    await run.verb("give-up", "gave-up for the test");
    expect((await run.verdict()).one("verdict")).toBe("reverted");
    expect(await host.output("cat /var/keys/other; rm /var/keys/more")).toBe("newest");
    await putKeys(host, [key("other", "old")]);
    expect(await shown()).toBe(before);
    expect((await run.keys(next)).one("failed")).toBe("the host has given the run up");

    // A run that never begins gives them back as well, and one that commits keeps what it brought.
    const never = new HostRun(host);
    await never.preflight(good);
    await never.keys(next);
    await never.verb("release");
    expect(await host.output("cat /var/keys/kept; rm /var/keys/more")).toBe("old");
    expect(await shown()).toBe(before);
    const commits = new HostRun(host);
    await commits.preflight(first);
    await commits.keys(next);
    await commits.verb("start");
    await commits.verb("await", "tried", "60");
    await commits.verb("confirm");
    expect((await commits.verdict()).one("verdict")).toBe("committed");
    expect(await host.output("cat /var/keys/kept; ls -A /var/keys | wc -l")).toBe("new4");
    expect(await host.output("ls -d pwned /pwned /root/pwned /var/keys/pwned 2>/dev/null; true")).toBe("");
    await expectRest(first);

    // After a power cut the host is back, also where nobody has asked yet how the run ended.
    const cut = new HostRun(host);
    await cut.preflight(good);
    await cut.verb("start");
    await cut.verb("await", "tried", "60");
    await host.reset();
    expect((await cut.keys([key("kept", "newest")])).one("failed")).toBe("the host has given the run up");
    expect((await cut.verdict()).one("verdict")).toBe("reverted");
    expect(await host.output("cat /var/keys/kept")).toBe("new");
    await expectRest(first);
  });

  // Only systemd can refuse to start something.
  it.runIf(init === "systemd")("an activation that cannot be started is a way back, for keys too", async () => {
    const key = (value: string): MadeKey => new MadeKey(aKey({ path: "/var/keys/started" }), Buffer.from(value));
    await putKeys(host, [key("old")]);
    // The first does not start it; the second does, and is killed before it has said so.
    for (const begins of ["true", '/usr/bin/systemd-run "$@"']) {
      await host.output(`cat > /run/lab/bin/systemd-run << 'END' && chmod 755 /run/lab/bin/systemd-run
#!/bin/sh
case "$*" in *--unit=flurry-*-try\\ *) ${begins}; exit 1 ;; esac
exec /usr/bin/systemd-run "$@"
END`);
      const run = new HostRun(host);
      await run.preflight(good);
      await run.keys([key("new")]);
      await run.verb("start");
      await host.output("rm /run/lab/bin/systemd-run");
      const verdict = await run.verdict();
      expect([verdict.one("verdict"), verdict.one("reason")]).toEqual([
        "reverted",
        "activation-failed the activation could not be started",
      ]);
      expect(await host.output("cat /var/keys/started")).toBe("old");
      await expectRest(first);
    }
  });

  it("keys come all or not at all, and nothing is left of those that did not", async () => {
    const key = (name: string, value: string, more = {}): MadeKey =>
      new MadeKey(aKey({ name, path: `/run/keys/${name}`, ...more }), Buffer.from(value));
    const listed = async (): Promise<string> => await host.output("ls -A /run/keys /run/flurry; cat /run/keys/* 2>&1");
    await putKeys(host, [key("a", "old")]);
    const before = await listed();
    const both = [key("a", "new"), key("b", "x".repeat(100_000))];
    expect((await putKeys(host, both, "", 50_000)).one("failed")).toContain("the connection ended");
    for (const [wrong, why] of [
      [key("b", "new", { user: "nobody-here" }), "there is no user nobody-here"],
      [key("b", "new", { group: "nobody-here" }), "no group nobody-here"],
      [key("b", "new", { path: "/run/keys" }), "/run/keys is a directory"],
      [key("b", "new", { path: "/proc/keys-of-flurry/b" }), "cannot be made"],
    ] as const)
      expect((await putKeys(host, [key("a", "new"), wrong])).one("failed")).toContain(why);
    expect((await putKeys(host, both, "../../../tmp")).one("refused")).toBe("unknown-run");
    // One that was killed, or ended by a power cut, leaves a stage: the next one clears it up, and so does any other command.
    const upload = async (): Promise<string | undefined> => (await putKeys(host, [key("a", "old")])).one("uploaded");
    const ask = async (): Promise<string | undefined> => (await facts(host)).one("user");
    for (const [next, answer] of [
      [upload, "1"],
      [ask, "root"],
    ] as const) {
      const killed = `
        mkdir /run/keys/.flurry-key.Ab3xyZ /var/lib/flurry/keys.Ab3xyZ
        echo marker > /run/keys/.flurry-key.Ab3xyZ/key
        echo /run/keys > /var/lib/flurry/keys.Ab3xyZ/0.place`;
      await host.output(killed);
      expect(await next()).toBe(answer);
      expect(await listed()).toBe(before);
      expect(await host.output("ls /var/lib/flurry")).not.toContain("keys");
    }
  });

  it.runIf(isTraceable)(
    "the value of a key is in no argument and no environment, and in no file but its own",
    async () => {
      const made = new MadeKey(aKey({ name: "traced" }), Buffer.from("KEYMARKER77aa"));
      const input = delivery([made]);
      const { words, stdin } = runOnceWith(scriptWith("upload-keys"), { verb: "put", args: ["", "must"], input });
      const trace = ["strace", "-f", "-v", "-qq", "-s", "100000", "-e", "trace=execve", "-o", "/root/execs"];
      expect((await host.run([...trace, ...words], { stdin })).stdout).toContain("@flurry uploaded=1");
      const log = await host.readFile("/root/execs");
      expect(log).toMatch(/execve\(.*"dd".*"bs=13"/);
      expect(log).not.toContain("KEYMARKER");
      const places = "/etc /var /root /home /boot /tmp /run";
      expect(await host.output(`grep -rlsaF KEYMARKER ${places} --exclude-dir=systemd`)).toBe("/run/keys/traced");
      await host.output("rm /run/keys/traced /root/execs");
    },
  );

  it("goes back although the disk with its records is full, and says so when there is space again", async () => {
    await host.output("mkdir -p /var/lib/flurry && mount -t tmpfs -o size=1m records /var/lib/flurry");
    try {
      const before = (await standing(host)).current;
      const run = new HostRun(host);
      await run.untilTried(before === good ? first : good, { confirm: "40" });
      expect(await host.currentSystem()).not.toBe(before);
      await host.output("dd if=/dev/zero of=/var/lib/flurry/filler bs=4k 2> /dev/null; true");
      await run.verb("give-up", "gave-up for the test");
      const reverting = "ps -eo args= | grep '[s]upervisor[.]sh revert' || true";
      await expect.poll(async () => await host.output(reverting)).toBe("");
      expect(await host.currentSystem()).toBe(before);
      expect((await run.verb("status")).one("verdict")).toBeUndefined();
      await host.output("rm /var/lib/flurry/filler");
      expect((await run.verdict()).one("verdict")).toBe("reverted");
      expect(await leftovers(host)).toEqual([]);
    } finally {
      await host.output("umount -l /var/lib/flurry");
    }
  });

  it("a host that lost its network on the way back is rebooted when nobody asks it, and says so", async () => {
    const bootId = await host.bootId();
    const run = new HostRun(host);
    await run.preflight(good, { confirm: "3" });
    await host.output(`printf '%s 22\\n' ${host.address} > ${run.record}/contact`);
    await run.verb("start");
    await host.when(`${run.record}/tried`, () => host.output("ip link set dev eth0 down"));
    await host.waitForBoot(bootId, { timeoutMs: 60_000 });
    const { one } = await run.verb("status");
    expect(one("verdict")).toBe("reverted");
    expect(one("reason")).toContain("nobody could reach the host on its old system either, so it was rebooted");
    await expectRest(first);
    expect(await host.output("ip -o address show dev eth0")).toContain(` ${host.address}/`);
  });

  it("a host that can be reached again, or that somebody asks, is not rebooted", async () => {
    const bootId = await host.bootId();
    for (const place of [`${host.address} 22`, "10.0.99.99 22", `${host.address} 2222`]) {
      const run = new HostRun(host);
      await run.preflight(good, { confirm: "4" });
      await host.output(`printf '%s\\n' '${place}' > ${run.record}/contact`);
      await run.verb("start");
      await run.verb("await", "tried", "60");
      await run.verb("give-up", "gave-up for the test");
      // Asking for the verdict is what tells the host that it can be reached.
      expect((await run.verdict()).one("verdict")).toBe("reverted");
      await run.verb("status");
      await expectRest(first);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 5000);
    });
    expect(await host.bootId()).toBe(bootId);
  });

  it("collects no generation that the host boots, runs or has booted, nor one that a run is at work with, whoever names it", async () => {
    const profile = "/nix/var/nix/profiles/system";
    const other = new HostRun(host);
    await host.output(`
      nix-env -p ${profile} --set ${unbootable}; nix-env -p ${profile} --set ${fails}; nix-env -p ${profile} --set ${good}
      ${good}/bin/switch-to-configuration test; nix-env -p ${profile} --set ${fails}
      mkdir ${other.record}; ln -s ${unbootable} /nix/var/nix/gcroots/flurry-${other.id}-candidate`);
    const before = await host.output("readlink -f /run/booted-system");
    const words = (await host.output(`ls ${profile}-*-link | tr -dc '0-9\n'`)).split("\n");
    const systems = await Promise.all(
      words.map(async (number) => await host.output(`readlink -f ${profile}-${number}-link`)),
    );
    const needed = words.filter((_, index) => [before, good, fails, unbootable].includes(systems[index] ?? ""));
    const collect = runOnce("collect", ["test-gc", "alice@laptop", "60", ...words]);
    const reply = parseReply((await host.run(collect, { stdin: scriptWith("collect") })).stdout);
    expect(reply.all("needed_generation").toSorted()).toEqual(needed.toSorted());
    expect(reply.one("collect_code")).toBe("0");
  });
});
