import { cp, copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Verdict } from "@flurry/core";
import { fixtureDirectory } from "@flurry/lab";
import type { FleetLab, LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { expectConfirmed, fleetLab, jsonRun } from "./support/fleet.ts";

const hosts = ["nas", "compute"] as const;
/** Nobody else has this text; wherever it is seen, it comes from the value of a key. */
const marker = "KEYMARKER5d2c9a71";

const git = ["git", "-c", "user.name=Operator", "-c", "user.email=operator@example.org", "-c", "safe.directory=*"];

/** Puts a repository of another tool beside the lab's fleet, as its user would have it: nothing of Flurry's in it. */
async function repositoryOf(tool: "colmena" | "deploy-rs", fleet: FleetLab): Promise<string> {
  const directory = join(fleet.lab.home, tool);
  await cp(fixtureDirectory(tool), directory, { recursive: true });
  // Nix drops the inputs of the lock file that the flake does not have.
  await copyFile(join(fleet.directory, "flake.lock"), join(directory, "flake.lock"));
  await copyFile(join(fleet.directory, "keys/deployer.pub"), join(directory, "keys/deployer.pub"));
  await commit(fleet, directory);
  return directory;
}

async function commit(fleet: FleetLab, cwd: string): Promise<void> {
  for (const words of [
    ["init", "--quiet"],
    ["add", "--all"],
    ["commit", "--quiet", "--message", "Change"],
  ]) {
    const { exitCode, stderr } = await fleet.exec([...git, ...words], { cwd });
    if (exitCode !== 0) throw new Error(stderr);
  }
}

describe("a repository of another tool deploys without a change", () => {
  let fleet: FleetLab;
  beforeAll(async () => {
    fleet = await fleetLab({ hosts });
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  async function deployed(directory: string): Promise<{ verdicts: readonly Verdict[]; stderr: string }> {
    const run = await fleet.flurry(["deploy", "--json", "--confirm-timeout", "20s"], { cwd: directory });
    return { verdicts: jsonRun(run).report.verdicts, stderr: run.stderr };
  }

  let deployRs = "";
  it("deploy-rs", async () => {
    const directory = await repositoryOf("deploy-rs", fleet);
    deployRs = directory;
    const { verdicts, stderr } = await deployed(directory);
    expect(verdicts.map(({ host, status }) => [host, status])).toEqual([
      ["compute", "deployed"],
      ["nas", "deployed"],
    ]);
    for (const { host, after } of verdicts) {
      await expectConfirmed(fleet, fleet.host(host), after);
      expect(await fleet.host(host).output("cat /etc/motd")).toBe(`${host}, by deploy-rs`);
    }
    expect(stderr).toContain("tempPath");
    expect(verdicts[1]).toMatchObject({ profiles: [{ name: "notes", generation: 1 }] });
    const link = "/nix/var/nix/profiles/per-user/deploy/notes";
    expect(await fleet.host("nas").output(`readlink ${link}; stat -c %U ${link}`)).toBe("notes-1-link\ndeploy");
  });

  /** The profiles of nas: one of root that is activated before its system, one of another user, which fails if it is bad. */
  async function writeProfiles({ banner, note }: { banner: string; note: string }): Promise<void> {
    const profile = (user: string, text: string, file: string): string => `{
      user = "${user}";
      path = activate.custom (nixpkgs.legacyPackages.x86_64-linux.writeTextDir "text" "${text}\\n") ''
        echo ran >> $HOME/runs
        cat $PROFILE/text > ${file}
        ! grep -q bad $PROFILE/text
      '';
    };`;
    const text = (await readFile(join(fixtureDirectory("deploy-rs"), "flake.nix"), "utf8"))
      .replace('"system"\n            "notes"', '"banner"\n            "system"\n            "notes"')
      .replace(
        /notes = \{[^}]*\};/,
        `banner = ${profile("root", banner, "/etc/banner")}\nnotes = ${profile("deploy", note, "$HOME/note")}`,
      );
    await writeFile(join(deployRs, "flake.nix"), text);
  }

  it("deploy-rs, with profiles of its own making", async () => {
    const nas = fleet.host("nas");
    const deploy = async (...words: readonly string[]): Promise<Verdict> =>
      jsonRun(await fleet.flurry(["deploy", "--json", ...words], { cwd: deployRs })).verdict("nas");
    const texts = async (): Promise<string> =>
      await nas.output("cat /etc/banner /home/deploy/note; stat -c %U /home/deploy/note; wc -l < /root/runs");
    const before = await nas.output("readlink /nix/var/nix/profiles/system");

    await writeProfiles({ banner: "one", note: "first" });
    const chosen = await deploy(".#nas.notes", ".#nas.banner");
    expect(chosen).toMatchObject({ status: "deployed", profiles: [{ name: "banner" }, { name: "notes" }] });
    expect(await texts()).toBe("one\nfirst\ndeploy\n1");
    expect(await nas.output("readlink /nix/var/nix/profiles/system")).toBe(before);

    await writeProfiles({ banner: "two", note: "bad" });
    const failed = await deploy(".#nas");
    expect(failed).toMatchObject({ status: "reverted", error: { code: "FLURRY_ACTIVATION_FAILED" } });
    expect(failed.error?.message).toContain("the profile notes of deploy ended with exit code 1");
    expect(await texts()).toBe("one\nfirst\ndeploy\n3");
    expect(failed.profiles?.map(({ path }) => path)).toEqual(chosen.profiles?.map(({ path }) => path));
    await expectConfirmed(fleet, nas, failed.after);

    await writeProfiles({ banner: "one", note: "first" });
    expect((await deploy(".#nas")).status).toBe("unchanged");
    expect(await texts()).toBe("one\nfirst\ndeploy\n3");
    const { stdout } = await fleet.flurry(["status", "nas", "--json"], { cwd: deployRs });
    const [status] = (JSON.parse(stdout) as { hosts: { state: string; profiles: object[] }[] }).hosts;
    expect(status).toMatchObject({
      state: "ok",
      profiles: [
        { name: "banner", user: "root", state: "ok", generation: 1 },
        { name: "notes", user: "deploy", state: "ok", generation: 2 },
      ],
    });
  });

  it("deploy-rs, and goes back with the profiles that were with a system", async () => {
    const nas = fleet.host("nas");
    const places = "/nix/var/nix/profiles/per-user/root/banner /nix/var/nix/profiles/per-user/deploy/notes";
    const shown = async (): Promise<string> =>
      await nas.output(`cat /etc/motd /etc/banner /home/deploy/note; readlink ${places}`);
    const rollback = async (...words: readonly string[]): Promise<Verdict> =>
      jsonRun(await fleet.flurry(["rollback", "--json", ...words], { cwd: deployRs })).verdict("nas");
    const before = "nas, by deploy-rs\none\nfirst\nbanner-1-link\nnotes-2-link";
    expect(await shown()).toBe(before);
    const [module, old] = [join(deployRs, "hosts/nas.nix"), await nas.currentSystem()];
    await writeFile(module, (await readFile(module, "utf8")).replace("nas, by deploy-rs", "changed"));
    await writeProfiles({ banner: "two", note: "second" });
    const planned = await fleet.flurry(["plan", ".#nas", "--out", "nas.plan"], { cwd: deployRs });
    expect(planned.stdout).toMatch(/profile banner of root would change.*\n.*profile notes of deploy would change/);
    const run = await fleet.flurry(["deploy", "--json", "--plan", "nas.plan"], { cwd: deployRs });
    const { status, after } = jsonRun(run).verdict("nas");
    const changed = "changed\ntwo\nsecond\nbanner-2-link\nnotes-4-link";
    expect([status, await shown()]).toEqual(["deployed", changed]);

    const preview = await fleet.flurry(["rollback", "nas", "--dry-run"], { cwd: deployRs });
    expect(preview.stdout).toMatch(/^nas +~ would go back .* banner 2 → 1, notes 4 → 2/m);
    expect(await rollback("nas")).toMatchObject({
      status: "deployed",
      profiles: [{ name: "notes" }, { name: "banner" }],
    });
    expect(await shown()).toBe(before);
    await expectConfirmed(fleet, nas, old);
    expect((await rollback("nas", "--to", after ?? "")).status).toBe("deployed");
    expect(await shown()).toBe(changed);

    // One alone: its generation 3 was given up by a run.
    expect((await rollback(".#nas.notes")).status).toBe("deployed");
    expect(await shown()).toBe("changed\ntwo\nfirst\nbanner-2-link\nnotes-2-link");
    await expectConfirmed(fleet, nas, after);
    const { stdout } = await fleet.flurry(["gc", "nas", "--keep", "1", "--json"], { cwd: deployRs });
    expect(JSON.parse(stdout)).toMatchObject({
      hosts: [
        {
          profiles: [
            { name: "banner", deleted: [] },
            { name: "notes", deleted: [3] },
          ],
        },
      ],
    });
    const rest = "ls /nix/var/nix/profiles/per-user/deploy; readlink /nix/var/nix/profiles/per-user/deploy/notes";
    expect(await nas.output(rest)).toBe("notes\nnotes-1-link\nnotes-2-link\nnotes-4-link\nnotes-2-link");
  });

  it("Colmena", async () => {
    const directory = await repositoryOf("colmena", fleet);
    await writeFile(join(fleet.lab.home, "token"), marker);
    // Its hive has replaceUnknownProfiles = false, and what nas runs was built there, by what nobody here knows of.
    const { verdicts: first, stderr } = await deployed(directory);
    expect(first).toMatchObject([
      { host: "compute", status: "deployed" },
      { host: "nas", status: "failed", error: { code: "FLURRY_HOST_UNKNOWN_SYSTEM" } },
    ]);
    const words = ["deploy", "nas", "--json", "--force-replace-unknown-profiles"];
    const forced = jsonRun(await fleet.flurry(words, { cwd: directory }));
    const verdicts = [...first.slice(0, 1), ...forced.report.verdicts];
    expect(verdicts.map(({ host, status }) => [host, status])).toEqual([
      ["compute", "deployed"],
      ["nas", "deployed"],
    ]);
    for (const { host, after } of verdicts) await expectConfirmed(fleet, fleet.host(host), after);
    const said = async (host: string, file: string): Promise<string> =>
      await fleet.host(host).output(`cat /etc/${file}`);
    expect(await said("nas", "greeting")).toBe("made by the hive's own nixpkgs");
    expect(await said("nas", "compute-is")).toBe("compute");
    expect(await said("nas", "peers")).toBe("compute\nlaptop\nnas");
    expect(await said("compute", "slots")).toBe("4");
    expect(await said("compute", "unfree")).toBe("yes");
    for (const word of [
      "meta.machinesFile",
      "nas.deployment.tags",
      "can read these keys in its Nix store: backup.key, tls.pem (",
    ])
      expect(stderr).toContain(word);
    expect(stderr).not.toContain("never-in-the-outline");

    // Nothing changed, so nothing is evaluated again.
    const again = await fleet.flurry(["eval", "--json"], { cwd: directory });
    const { hosts: evaluations } = JSON.parse(again.stdout) as { hosts: { host: string; cached: boolean }[] };
    expect(evaluations.map(({ host, cached }) => [host, cached])).toEqual([
      ["compute", true],
      ["nas", true],
    ]);
    // A fleet file for the same hosts means the same systems.
    expect(await fleet.flurry(["init", "--from", "."], { cwd: directory })).toMatchObject({ exitCode: 0 });
    const own = await fleet.flurry(["eval", "--json"], { cwd: directory });
    const outputs = (JSON.parse(own.stdout) as { hosts: { host: string; outPath: string }[] }).hosts;
    expect(outputs.map(({ host, outPath }) => [host, outPath])).toEqual(
      verdicts.map(({ host, after }) => [host, after]),
    );
    const status = await fleet.flurry(["status", "@homelab", "--json"], { cwd: directory });
    const { hosts: statuses } = JSON.parse(status.stdout) as { hosts: { host: string; state: string }[] };
    expect(statuses.map(({ host, state }) => [host, state])).toEqual([
      ["compute", "ok"],
      ["nas", "ok"],
    ]);
  });

  it("the keys of Colmena are brought to their hosts, and nowhere else", async () => {
    const cwd = join(fleet.lab.home, "colmena");
    const host = fleet.host("nas");
    const token = join(fleet.lab.home, "token");
    const shown = async (): Promise<string> =>
      await host.output(`cd /run/keys; stat -c "%n %a %U:%G" token server.pem /var/keys/backup.key; cat token`);
    const keys = "token 600 tokens:tokens\nserver.pem 600 root:root\n/var/keys/backup.key 640 deploy:wheel\n";
    expect(await shown()).toBe(`${keys}${marker}`);
    expect(await host.output("cat /run/keys/server.pem")).toBe(
      (await readFile(join(cwd, "keys/README.md"), "utf8")).trimEnd(),
    );
    const uploaded = async (): Promise<unknown> => {
      const run = await fleet.flurry(["upload-keys", "--json"], { cwd });
      expect(run.stderr).not.toContain(marker);
      return (JSON.parse(run.stdout) as { hosts: unknown }).hosts;
    };
    // What is there is not sent again; a host that is rebooted has lost what was in memory.
    await host.reset();
    const asked = await fleet.flurry(["status", "nas", "--json"], { cwd });
    expect(JSON.parse(asked.stdout)).toMatchObject({ hosts: [{ state: "ok", missingKeys: ["tls.pem", "token"] }] });
    expect(await uploaded()).toEqual([{ host: "nas", sent: ["tls.pem", "token"], same: ["backup.key"] }]);

    // A key that changed is brought to a host whose system did not, and no word of it is anywhere else.
    await writeFile(token, `${marker}-2`);
    const { verdicts } = await deployed(cwd);
    expect(verdicts.map(({ host: name, status, note }) => [name, status, note])).toEqual([
      ["compute", "unchanged", undefined],
      ["nas", "unchanged", "got 1 key"],
    ]);
    expect(await shown()).toBe(`${keys}${marker}-2`);

    // One whose owner nobody has made keeps the host on its old system, with the keys of before.
    const module = join(cwd, "hosts/nas.nix");
    const before = await host.currentSystem();
    const nix = await readFile(module, "utf8");
    await writeFile(token, `${marker}-3`);
    await writeFile(
      module,
      nix
        .replace('name = "server.pem";', 'name = "server.pem"; user = "nobody-here";')
        .replace("wheelNeedsPassword = false;", 'wheelNeedsPassword = false; environment.etc."y".text = "";'),
    );
    const { verdicts: reverted } = await deployed(cwd);
    expect(reverted[1]).toMatchObject({ status: "reverted", error: { code: "FLURRY_KEYS_NOT_UPLOADED" } });
    expect(reverted[1]?.error?.message).toContain("there is no user nobody-here");
    expect(await shown()).toBe(`${keys}${marker}-2`);
    // One that cannot be made keeps Flurry from touching the host at all.
    await rm(token);
    await writeFile(
      module,
      nix.replace("wheelNeedsPassword = false;", 'wheelNeedsPassword = false; environment.etc."x".text = "";'),
    );
    const { verdicts: failed } = await deployed(cwd);
    expect(failed[1]).toMatchObject({ status: "failed", error: { code: "FLURRY_KEY_NOT_MADE" }, after: before });
    expect(failed[1]?.error?.message).toContain("the key token of nas has no value");
    // A host that is rebooted by the deployment gets its keys once more.
    await writeFile(token, `${marker}-4`);
    const bootId = await host.bootId();
    const words = ["deploy", "nas", "--json", "--force-reboot", "--magic-rollback", "false"];
    const { events, verdict } = jsonRun(await fleet.flurry(words, { cwd }));
    const rebooted = verdict("nas");
    // Nobody waits for a confirmation: those that come after the activation do all the same.
    const told = events.flatMap((event) =>
      event.kind === "log" && event.line.startsWith("keys ") ? [event.line] : [],
    );
    expect(told).toEqual([
      "keys uploaded: token",
      "keys there already: backup.key",
      "keys there already: tls.pem",
      "keys uploaded: tls.pem, token",
      "keys there already: backup.key",
    ]);
    expect(rebooted.status).toBe("deployed");
    await expectConfirmed(fleet, host, rebooted.after);
    expect(await host.bootId()).not.toBe(bootId);
    expect(await shown()).toBe(`${keys}${marker}-4`);
    await rm(token);
    await expectNowhere(host);
  });

  /** The value of a key is in its file, and in no other of the host or of the fleet's directory. */
  async function expectNowhere(host: LabHost): Promise<void> {
    const places = "/etc /var /root /home /boot /tmp /run /nix/var";
    expect(await host.output(`grep -rlsaF ${marker} ${places} --exclude-dir=systemd`)).toBe("/run/keys/token");
    const store = await host.run(["grep", "-rlsaF", marker, "/nix/store"]);
    expect(store).toMatchObject({ exitCode: 1, stdout: "" });
    const here = await fleet.exec(["grep", "-rlsaF", marker, fleet.lab.home]);
    expect(here).toMatchObject({ exitCode: 1, stdout: "" });
  }
});
