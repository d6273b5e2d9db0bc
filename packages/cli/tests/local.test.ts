import { copyFile, cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { shellQuote } from "@flurry/core";
import type { ProcessResult } from "@flurry/core";
import type { HostStatus } from "@flurry/deploy";
import { fixtureDirectory, leftovers, testedInits } from "@flurry/lab";
import type { FleetLab, LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { expectConfirmed, fleetFile, fleetLab, jsonRun, unhealthyUntilTold } from "./support/fleet.ts";
import type { JsonRun } from "./support/fleet.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
/** Nobody else has this text; wherever it is seen, it comes from the value of a key. */
const marker = "KEYMARKER1b7e04d6";

/** A shell text that runs `flurry` in the fleet's repository on the host, for which all of it is mounted at its next boot. */
const onHost = `cd /nix/home/fleet && export PATH=/run/lab/bin:/usr/bin:$PATH NIX_CONFIG='experimental-features = nix-command flakes
substituters =
sandbox = false
build-users-group =
flake-registry =
' && exec /nix/node /nix/flurry/packages/cli/bin/flurry.js "$@"`;

/** Puts node, Flurry, the fleet's repository and what its flake locks on a host. */
async function moveIn(fleet: FleetLab, host: LabHost): Promise<void> {
  const archive = ["nix", "flake", "archive", "--to", `ssh-ng://root@${host.address}`];
  const env = { NIX_SSHOPTS: `-F ${fleet.lab.sshConfigFile}` };
  const archived = await fleet.exec(archive, { cwd: fleet.directory, env });
  expect(archived).toMatchObject({ exitCode: 0 });
  const mounted = await fleet.exec([
    "sh",
    "-c",
    'cd "$1" && mkdir -p flurry home && : > node && mount --bind "$2" flurry && mount --bind "$3" home && mount --bind "$4" node',
    "sh",
    `/.flurry-lab/hosts/${host.name}/nix`,
    repository,
    fleet.lab.home,
    process.execPath,
  ]);
  expect(mounted).toMatchObject({ exitCode: 0 });
  await host.reset();
}

describe.each(testedInits)("flurry on the very machine that it deploys, with %s", (init) => {
  let fleet: FleetLab;
  let host: LabHost;
  let confirmedBefore: string | undefined;
  beforeAll(async () => {
    fleet = await fleetLab({ hosts: [{ name: "compute", init }], fleetFile: fleetFile({ compute: "", nas: "" }) });
    host = fleet.host("compute");
    confirmedBefore = await host.currentSystem();
    await host.run("[ -s /etc/machine-id ] || echo 6f1d7b2c9e8a4d53b0c1e2f3a4b5c6d7 > /etc/machine-id");
    await moveIn(fleet, host);
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  /** On the console of the host: no network, no sshd. */
  async function flurry(...words: readonly string[]): Promise<ProcessResult> {
    return await host.run(["sh", "-c", onHost, "sh", ...words], { timeoutMs: 100_000 });
  }

  async function deploy(...words: readonly string[]): Promise<JsonRun> {
    return jsonRun(await flurry("deploy", "--local", "--json", ...words));
  }

  /** A hive whose node compute has two keys, beside the fleet's repository. */
  async function moveHiveIn(): Promise<void> {
    const directory = join(fleet.lab.home, "colmena");
    await cp(fixtureDirectory("colmena"), directory, { recursive: true });
    for (const file of ["flake.lock", "keys/deployer.pub"])
      await copyFile(join(fleet.directory, file), join(directory, file));
    await writeFile(join(fleet.lab.home, "token"), marker);
    const keys = `keys = {
      token = { keyCommand = [ "cat" "/nix/home/token" ]; user = "deploy"; };
      "late.key" = { keyFile = "/nix/home/token"; permissions = "0640"; uploadAt = "post-activation"; };
    };`;
    const module = join(directory, "hosts/compute.nix");
    const nix = await readFile(module, "utf8");
    await writeFile(module, nix.replace("deployment = {", `deployment = { ${keys}`));
    for (const words of ["init --quiet", "add --all"])
      expect(await fleet.exec(["git", ...words.split(" ")], { cwd: directory })).toMatchObject({ exitCode: 0 });
  }

  it("is deployed with its cable out, and copies nothing", async () => {
    await fleet.edit("compute", '{ environment.etc.motd.text = "made at home"; }');
    await host.link("down");
    // As the fleet file allows it: the machine has the host's name.
    await fleet.writeFleetFile(fleetFile({ compute: "deploy: { local: true }", nas: "" }));
    const run = await flurry("deploy", "compute", "--json");
    await host.link("up");
    await fleet.writeFleetFile(fleetFile({ compute: "", nas: "" }));
    const { exitCode, verdict, events } = jsonRun(run);
    expect({ exitCode, verdict: verdict("compute") }).toMatchObject({ exitCode: 0, verdict: { status: "deployed" } });
    expect(events.filter(({ kind }) => kind === "stage-finished")).toContainEqual(
      expect.objectContaining({ stage: "copy", outcome: "skipped", note: "the store is this machine's" }),
    );
    expect(await host.output("cat /etc/motd")).toBe("made at home");
    await expectConfirmed(fleet, host, verdict("compute").after);
  });

  it("says what it runs, and runs commands", async () => {
    const { stdout } = await flurry("status", "--local", "--json");
    const [status] = (JSON.parse(stdout) as { hosts: HostStatus[] }).hosts;
    expect(status).toMatchObject({ host: "compute", state: "ok", current: await host.currentSystem() });
    expect((await flurry("exec", "--local", "--", "hostname")).stdout).toBe("compute | compute\n");
    const planned = await flurry("plan", "--local", "--json");
    expect(planned).toMatchObject({ exitCode: 0 });
  });

  it("goes back when the new system does not activate", async () => {
    const before = await host.currentSystem();
    await fleet.edit("compute", "{ lab.trouble.activationFails = 1; }");
    const { verdict } = await deploy();
    expect(verdict("compute")).toMatchObject({ status: "reverted", error: { code: "FLURRY_ACTIVATION_FAILED" } });
    await expectConfirmed(fleet, host, before);
  });

  it("goes back by itself when the deployer is killed, and goes on where it is asked to", async () => {
    const before = await host.currentSystem();
    await fleet.edit("compute", '{ environment.etc.motd.text = "never confirmed"; }');
    await fleet.writeFleetFile(fleetFile({ compute: unhealthyUntilTold, nas: "" }, { confirmTimeout: "12s" }));
    const killed = await host.run(
      `sh -c ${shellQuote(onHost)} sh deploy --local -q & deployer=$!
       trap 'kill -KILL $deployer' TERM
       until record=$(ls -d /var/lib/flurry/runs/*/token 2> /dev/null) && [ -e "\${record%/token}/tried" ]; do sleep 0.05; done
       kill -KILL $deployer
       readlink -f /run/current-system`,
      { timeoutMs: 100_000 },
    );
    expect(killed.stdout.trim()).not.toBe(before);
    await expect.poll(() => host.currentSystem()).toBe(before);
    await expect.poll(() => leftovers(host)).toEqual([]);
    await expectConfirmed(fleet, host, before);
    await fleet.writeFleetFile(fleetFile({ compute: "", nas: "" }));
    const elsewhere = await fleet.flurry(["resume", "--json"]);
    expect(elsewhere.stdout).toContain("FLURRY_RUN_NOT_RESUMABLE");
    const resumed = jsonRun(await flurry("resume", "--json"));
    expect(resumed.verdict("compute")).toMatchObject({ status: "deployed" });
    expect(await host.output("cat /etc/motd")).toBe("never confirmed");
    await expectConfirmed(fleet, host, resumed.verdict("compute").after);
    confirmedBefore = before;
  });

  it("goes back when the new system takes the sshd that the operator came in by", async () => {
    const before = await host.currentSystem();
    await fleet.edit("compute", "{ lab.trouble.stopSshd = true; }");
    const remote = `sh -c ${shellQuote(onHost)} sh deploy --local --json`;
    const run = jsonRun(await fleet.exec(["ssh", "-F", fleet.lab.sshConfigFile, "compute", remote]));
    expect(run.verdict("compute")).toMatchObject({ status: "reverted", error: { code: "FLURRY_NOT_CONFIRMED" } });
    await expectConfirmed(fleet, host, before);
  });

  it("goes back to the generation before", async () => {
    const run = await flurry("rollback", "--local", "-q");
    expect(run).toMatchObject({ exitCode: 0 });
    await expectConfirmed(fleet, host, confirmedBefore);
  });

  it("takes a machine of another name for the host that is named, and says so", async () => {
    const { stderr, stdout } = await flurry("status", "--local", "nas", "--no-eval", "--json");
    expect(stderr).toContain("this machine is called compute and is taken for nas");
    const [status] = (JSON.parse(stdout) as { hosts: HostStatus[] }).hosts;
    expect(status).toMatchObject({ host: "nas", current: await host.currentSystem() });
  });

  it("brings itself the keys of its hive, which nobody else can read", async () => {
    await moveHiveIn();
    const words = ["--directory", "/nix/home/colmena", "--json"];
    const run = jsonRun(await flurry("deploy", "--local", ...words));
    expect(run.verdict("compute")).toMatchObject({ status: "deployed" });
    const shown = "cd /run/keys && stat -c '%n %a %U' token late.key && cat token late.key";
    const theKeys = `token 600 deploy\nlate.key 640 root\n${marker}${marker}`;
    expect(await host.output(shown)).toBe(theKeys);
    const elsewhere = `grep -rlF ${marker} /var/lib/flurry /nix/home/colmena /nix/store /run --exclude-dir=keys 2> /dev/null || true`;
    expect(await host.output(elsewhere)).toBe("");
    await expectConfirmed(fleet, host, run.verdict("compute").after);
    // What is in memory is gone after a boot.
    await host.reset();
    const uploaded = await flurry("upload-keys", "--local", ...words);
    expect(JSON.parse(uploaded.stdout)).toMatchObject({ hosts: [{ host: "compute", sent: ["late.key", "token"] }] });
    expect(await host.output(shown)).toBe(theKeys);
  });

  it("needs sudo for whoever is not root", async () => {
    const words = ["sudo", "-u", "deploy", "env", "HOME=/tmp", "sh", "-c", onHost, "sh"];
    const { stdout } = await host.run([...words, "status", "--local", "--no-eval", "--json"]);
    const { hosts } = JSON.parse(stdout) as { hosts: HostStatus[] };
    expect(hosts).toMatchObject([{ host: "compute", current: await host.currentSystem() }]);
  });
});
