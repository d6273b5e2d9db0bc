import { fileURLToPath } from "node:url";

import { FleetLab, leftovers, testedInits } from "@flurry/lab";
import type { LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Reply } from "../src/host/reply.ts";
import { bring, HostRun, standing } from "./support/host-run.ts";

const flurry = fileURLToPath(new URL("../../cli/bin/flurry.js", import.meta.url));
const calls = "/var/log/calls";

/** Tells who calls it with what; fails where its text says so. */
const script = `#!/bin/sh
read -r text < "$PROFILE/text"
echo "$(id -un) $text $DRY_ACTIVATE$BOOT $HOME" >> ${calls}
[ "$PWD" -ef "$PROFILE" ] && [ "$text" != bad ] || exit 3
`;

describe.each(testedInits)("profiles beside the system on a host with %s", (init) => {
  let fleet: FleetLab;
  let host: LabHost;
  let first = "";
  let good = "";
  beforeAll(async () => {
    fleet = await FleetLab.up({ hosts: [{ name: "compute", init }], flurry });
    host = fleet.host("compute");
    first = (await host.currentSystem()) ?? "";
    good = await bring(fleet, host, '{ environment.etc.motd.text = "good"; }');
    await host.run(["sh", "-c", "cat > /root/activate"], { stdin: script });
    await host.output(`install -m 666 /dev/null ${calls}`);
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  /** A package with a text and a script, in the host's store. */
  async function pack(text: string, name = "deploy-rs-activate"): Promise<string> {
    const make = `d=$(mktemp -d) && mkdir $d/${text} && echo ${text} > $d/${text}/text`;
    const install = `install -m 755 /root/activate $d/${text}/${name}`;
    return await host.output(`${make} && ${install} && nix-store --add $d/${text} && rm -r $d`);
  }

  async function line(name: string, path: string, more: { auto?: number; magic?: number } = {}): Promise<string> {
    const [phase, user] = name === "banner" ? ["before", "root"] : ["after", "deploy"];
    return `${phase} ${user} ${name} ${path} ${more.auto ?? 1} ${more.magic ?? 1} 20 - -`;
  }

  /** What was called since the last time. */
  async function called(): Promise<readonly string[]> {
    const text = await host.output(`cat ${calls}; : > ${calls}`);
    return text.split("\n").filter((each) => each !== "");
  }

  const profiles = (reply: Reply): readonly string[] => reply.all("user_profile");

  async function expectRest(system: string): Promise<void> {
    await expect.poll(() => leftovers(host)).toEqual([]);
    expect(await standing(host)).toEqual({ current: system, profile: system, bootDefault: system });
  }

  it("are set and activated around it, each as its user, and committed with it", async () => {
    const [banner, notes] = [await pack("banner-1"), await pack("notes-1", "activate")];
    const run = new HostRun(host);
    const fields = { profiles: [await line("banner", banner), await line("notes", notes)].join("\n") };
    expect((await run.untilTried(good, fields)).one("tried")).toBe("0");
    await run.verb("confirm");
    const verdict = await run.verdict();
    expect(verdict.one("verdict")).toBe("committed");
    expect(profiles(verdict)).toEqual([`banner 1 ${banner}`, `notes 1 ${notes}`]);
    expect(await called()).toEqual(["root banner-1 00 /root", "deploy notes-1 00 /home/deploy"]);
    const link = "/home/deploy/.local/state/nix/profiles/notes";
    expect(await host.output(`stat -c %U ${link}; readlink ${link}`)).toBe("deploy\nnotes-1-link");
    await expectRest(good);
  });

  it("go back in the reverse order with the system when the activation of one fails", async () => {
    const [banner, bad] = [await pack("banner-2"), await pack("bad")];
    const run = new HostRun(host);
    const fields = { profiles: [await line("banner", banner), await line("notes", bad)].join("\n") };
    await run.preflight(first, fields);
    await run.verb("start");
    const verdict = await run.verdict();
    expect(verdict.one("verdict")).toBe("reverted");
    expect(verdict.one("reason")).toBe(
      "activation-failed the activation of the profile notes of deploy ended with exit code 3",
    );
    expect(profiles(verdict)).toEqual([
      `banner 1 ${await pack("banner-1")}`,
      `notes 1 ${await pack("notes-1", "activate")}`,
    ]);
    expect((await called()).map((call) => call.split(" ")[1])).toEqual(["banner-2", "bad", "notes-1", "banner-1"]);
    await expectRest(good);
  });

  it("go back when nobody confirms, and one that was not there is gone again", async () => {
    const [banner, extra, kept] = [await pack("banner-2"), await pack("extra-1"), await pack("kept-1")];
    const run = new HostRun(host);
    const lines = [await line("banner", banner), await line("extra", extra), await line("kept", kept, { magic: 0 })];
    const tried = await run.untilTried(good, { stay: "1", profiles: lines.join("\n"), confirm: "3" });
    expect(profiles(tried)).toEqual([`banner 2 ${banner}`, `extra 1 ${extra}`, `kept 1 ${kept}`]);
    const verdict = await run.verdict();
    expect([verdict.one("verdict"), verdict.one("reason")?.split(" ")[0]]).toEqual(["reverted", "not-confirmed"]);
    expect(profiles(verdict)).toEqual([`banner 1 ${await pack("banner-1")}`, "extra - -", `kept 1 ${kept}`]);
    expect((await called()).map((call) => call.split(" ")[1])).toEqual(["banner-2", "extra-1", "kept-1", "banner-1"]);
    await expectRest(good);
  });

  it("go back after a power cut, once somebody asks the host, and before another run begins", async () => {
    const banner = await pack("banner-3");
    const run = new HostRun(host);
    await run.untilTried(first, { profiles: await line("banner", banner) });
    await called();
    await host.reset();
    const next = new HostRun(host);
    expect((await next.preflight(good)).one("refused")).toBeUndefined();
    expect(await host.output("readlink -f /nix/var/nix/profiles/per-user/root/banner")).toBe(await pack("banner-1"));
    await next.verb("release");
    const verdict = await run.verdict();
    expect([verdict.one("verdict"), verdict.one("reason")]).toEqual([
      "reverted",
      "rebooted the host rebooted before it was confirmed",
    ]);
    expect(profiles(verdict)).toEqual([`banner 1 ${await pack("banner-1")}`]);
    expect(await called()).toEqual(["root banner-1 00 /root"]);
    await expectRest(good);
  });

  it("are only spoken of by dry-activate, and told of the boot by boot", async () => {
    const banner = await pack("banner-4");
    const dry = new HostRun(host);
    const fields = { stay: "1", profiles: await line("banner", banner) };
    await dry.preflight(good, { ...fields, goal: "dry-activate" });
    const said = await dry.verb("start");
    expect([said.one("dry_activated"), said.lines]).toEqual(["0", ["profile banner of root:"]]);
    expect(await called()).toEqual(["root banner-4 10 /root"]);
    expect(await host.output("readlink /nix/var/nix/profiles/per-user/root/banner")).toBe("banner-1-link");

    const boot = new HostRun(host);
    await boot.preflight(good, { ...fields, goal: "boot" });
    await boot.verb("start");
    const verdict = await boot.verdict();
    expect(verdict.one("verdict")).toBe("committed");
    expect(profiles(verdict)[0]).toMatch(/^banner \d+ .*banner-4$/);
    expect(await called()).toEqual(["root banner-4 01 /root"]);
    await expectRest(good);
  });

  it("stay as a failed activation left them where going back is off, and a user whom nobody knows is told", async () => {
    const bad = await pack("bad");
    const kept = new HostRun(host);
    await kept.preflight(good, { stay: "1", profiles: await line("notes", bad, { auto: 0 }) });
    await kept.verb("start");
    const verdict = await kept.verdict();
    expect([verdict.one("verdict"), profiles(verdict)[0]?.split(" ")[2]]).toEqual(["kept", bad]);

    const unknown = new HostRun(host);
    await unknown.preflight(good, { stay: "1", profiles: `after nobody-here notes ${bad} 1 1 20 - -` });
    await unknown.verb("start");
    expect((await unknown.verdict()).one("verdict")).toBe("reverted");
    expect(await host.output(`cat ${unknown.record}/log`)).toContain("there is no user nobody-here on the host");
    await expectRest(good);
  });
});
