import { readFile } from "node:fs/promises";

import { tempDir } from "@flurry/core";
import type { ProcessResult, TempDir } from "@flurry/core";
import { buildSystems, editHost, Lab, prepareFleet, testedInits } from "@flurry/lab";
import type { FleetExec, LabHost } from "@flurry/lab";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

// What a lab's host does with the systems of the miniature NixOS, which everything else is tested on.
describe.each(testedInits)("a system on a host with %s", (init) => {
  let lab: Lab;
  let place: TempDir;
  let nas: LabHost;
  let good: string;
  const exec: FleetExec = (argv, options) => lab.exec(argv, options);
  const ssh = (command: string, connectTimeout = 60): Promise<ProcessResult> =>
    lab.exec(["ssh", "-F", lab.sshConfigFile, "-o", `ConnectTimeout=${connectTimeout}`, "nas", command], {
      timeoutMs: 100_000,
    });
  const reachable = async (): Promise<boolean> => (await ssh("true", 10)).exitCode === 0;
  const isCutOff = async (): Promise<boolean> => (await ssh("true", 2)).exitCode !== 0;

  /** The example's nas with a module added, built and copied to the host. */
  async function variant(nix: string): Promise<string> {
    await editHost({ directory: place.path, host: "nas", nix, exec });
    const system = (await buildSystems({ directory: place.path, hosts: ["nas"], exec })).get("nas") ?? "";
    const copied = await lab.exec(["nix", "copy", "--no-check-sigs", "--to", "ssh-ng://root@nas", system], {
      env: { NIX_SSHOPTS: `-F ${lab.sshConfigFile}` },
    });
    expect({ exitCode: copied.exitCode, stderr: copied.stderr }).toMatchObject({ exitCode: 0 });
    return system;
  }
  const switchTo = (system: string, action: string): Promise<ProcessResult> =>
    nas.run(`${system}/bin/switch-to-configuration ${action}`, { timeoutMs: 100_000 });

  beforeAll(async () => {
    lab = await Lab.up({ hosts: ["nas"], init });
    nas = lab.host("nas");
    place = await tempDir("flurry-activation");
    await prepareFleet({
      directory: place.path,
      deployerPublicKey: await readFile(`${lab.identityFile}.pub`, "utf8"),
      exec,
    });
    good = (await buildSystems({ directory: place.path, hosts: ["nas"], exec })).get("nas") ?? "";
    await nas.install(good);
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
    await lab.down();
  });
  beforeEach(async () => {
    // Whatever the test before left behind.
    const { exitCode, stderr } = await switchTo(good, "test");
    if (exitCode !== 0) throw new Error(`the good system cannot be activated: ${stderr}`);
    await vi.waitUntil(reachable, { timeout: 60_000 });
  });

  it("runs as installed: its name, address, users, secrets and services", async () => {
    const facts = await ssh(
      "hostname; ip -4 -o addr show eth0; id -nG admin; stat -c %a /run/secrets/backup/password; systemctl is-active sshd samba-smbd nfs-server prometheus-node-exporter",
    );
    expect(facts.stdout).toMatch(/^nas\n.* 10\.0\.20\.10\/16 .*\nusers wheel\n400\nactive\nactive\nactive\nactive\n$/);
    expect(await nas.output("readlink /run/current-system /run/booted-system")).toBe(`${good}\n${good}`);
    const metrics = await lab.exec(["curl", "-sf", "http://10.0.20.10:9100/metrics"]);
    expect(metrics.stdout).toContain('node_uname_info{nodename="nas"} 1');
  });

  it("changes nothing when it is what runs already", async () => {
    const { stdout, stderr } = await switchTo(good, "test");
    expect(stdout + stderr).not.toMatch(/units/);
  });

  it("shows what it would do and does nothing", async () => {
    const next = await variant(
      `{ lib, ... }:
      {
        lab.health.enable = true;
        services.samba.settings.backup.path = "/srv";
        networking.interfaces.eth0.leaveDown = true;
        services.nfs.server.enable = lib.mkForce false;
      }`,
    );
    const traces = "find /etc /boot /run/current-system -maxdepth 2 | sort";
    const before = await nas.output(traces);
    const { exitCode, stderr } = await switchTo(next, "dry-activate");
    expect(exitCode).toBe(0);
    expect(stderr.trim().split("\n")).toEqual([
      "would stop the following units: nfs-server.service, samba-smbd.service",
      "would activate the configuration...",
      "would restart the following units: network-addresses-eth0.service",
      "would start the following units: lab-health.service, samba-smbd.service",
    ]);
    expect(await nas.output(traces)).toBe(before);
    expect(await nas.currentSystem()).toBe(good);
  });

  it("tries a system without making it the boot default", async () => {
    const next = await variant('{ lab.health = { enable = true; text = "second"; }; }');
    const { exitCode, stderr } = await switchTo(next, "test");
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(await nas.currentSystem()).toBe(next);
    expect((await lab.exec(["curl", "-sf", "http://10.0.20.10:8080/"])).stdout).toBe("second\n");
    expect(await nas.output("cat /boot/lab-default")).toBe(good);
    await nas.reset();
    expect(await nas.currentSystem()).toBe(good);
    expect(await nas.exists("/etc/systemd/system/lab-health.service")).toBe(false);
  });

  it.each(["switch", "boot"])("makes a system the boot default with %s", async (action) => {
    const next = await variant(`{ lab.health = { enable = true; text = "${action}"; }; }`);
    await nas.run(`nix-env -p /nix/var/nix/profiles/system --set ${next}`);
    expect((await switchTo(next, action)).exitCode).toBe(0);
    expect(await nas.currentSystem()).toBe(action === "switch" ? next : good);
    expect(await nas.output("cat /boot/lab-default")).toBe(next);
    const entries = await nas.output("cd /boot/loader; cat loader.conf; cat entries/*.conf");
    expect(entries).toMatch(/^default nixos-generation-\d+\.conf\n/);
    expect(entries).toContain(`options init=${good}/init`);
    expect(entries).toContain(`options init=${next}/init`);
    await nas.reset();
    expect(await nas.currentSystem()).toBe(next);
    expect((await lab.exec(["curl", "-sf", "http://10.0.20.10:8080/"])).stdout).toBe(`${action}\n`);
    await nas.run(`nix-env -p /nix/var/nix/profiles/system --set ${good}`);
    expect((await switchTo(good, "switch")).exitCode).toBe(0);
  });

  it("treats a changed unit as the unit asks for", async () => {
    const unit = (value: string): string => `
      { pkgs, ... }:
      let
        service = more: more // {
          wantedBy = [ "multi-user.target" ];
          environment.VALUE = "${value}";
          serviceConfig = { ExecStart = "\${pkgs.busybox}/bin/sleep infinity"; ExecReload = "/bin/true"; };
        };
      in
      {
        systemd.services = {
          t-default = service { };
          t-restarted = service { stopIfChanged = false; };
          t-reloaded = service { reloadIfChanged = true; };
          t-kept = service { restartIfChanged = false; };
        };
        systemd.timers.t-timer = { wantedBy = [ "timers.target" ]; timerConfig.OnCalendar = "daily"; };
        systemd.services.t-timer = { script = "true"; serviceConfig.Type = "oneshot"; };
      }`;
    expect((await switchTo(await variant(unit("one")), "test")).exitCode).toBe(0);
    const pids = "for u in t-default t-restarted t-reloaded t-kept; do systemctl show -p MainPID $u; done";
    const before = (await nas.output(pids)).split("\n");
    const { exitCode, stderr } = await switchTo(await variant(unit("two")), "test");
    const after = (await nas.output(pids)).split("\n");
    expect(exitCode).toBe(0);
    expect(stderr).toContain("NOT restarting the following changed units: t-kept.service\n");
    expect(stderr).toContain("stopping the following units: t-default.service\n");
    expect(stderr).toContain("restarting the following units: t-restarted.service\n");
    expect(stderr).toContain("reloading the following units: t-reloaded.service\n");
    expect(stderr).toContain("starting the following units: t-default.service\n");
    expect(before.map((line, index) => line === after[index])).toEqual([false, false, true, true]);
  });

  it.each([
    { what: "bad usage", nix: "{ }", action: "nonsense", code: 1, message: /^Usage: / },
    {
      what: "a boot loader that cannot be installed",
      nix: "{ lab.trouble.bootloaderFails = true; }",
      action: "switch",
      code: 1,
      message: /No space left/,
    },
    {
      what: "a snippet that fails",
      nix: "{ lab.trouble.activationFails = 3; }",
      action: "test",
      code: 2,
      message: /snippet 'lab-2-fails' failed \(3\)/,
    },
    {
      what: "an activation that ends in the middle",
      nix: "{ lab.trouble.activationAborts = true; }",
      action: "test",
      code: 2,
      message: /activating/,
    },
    {
      what: "a unit that fails",
      nix: "{ lab.trouble.failUnit = true; }",
      action: "test",
      code: 4,
      message: /the following units failed: lab-failing\.service/,
    },
    {
      what: "another init",
      nix: "{ lab.trouble.initInterfaceChanged = true; }",
      action: "test",
      code: 100,
      message: /until you reboot the system/,
    },
  ])("reports $what", async ({ nix, action, code, message }) => {
    const result = await switchTo(await variant(nix), action);
    expect(result.exitCode).toBe(code);
    expect(result.stderr).toMatch(message);
    expect((await switchTo(good, "test")).exitCode).toBe(0);
    expect(await nas.output("systemctl --failed --no-legend")).toBe("");
  });

  it("lets only one switch run, and holds its lock no longer than that", async () => {
    const slow = await variant("{ lab.trouble.slowActivationSeconds = 6; lab.health.enable = true; }");
    const first = switchTo(slow, "test");
    await nas.run("until pgrep -fx 'sleep 6' > /dev/null; do sleep 0.05; done", { timeoutMs: 60_000 });
    const second = await switchTo(good, "test");
    expect(second).toMatchObject({ exitCode: 1, stderr: "Could not acquire lock\n" });
    expect((await first).exitCode).toBe(0);
    // The services it started are still there and must not hold it.
    expect((await switchTo(good, "test")).exitCode).toBe(0);
  });

  it("frees the lock when a switch that hangs is killed, and the next one does what it has not", async () => {
    const hanging = await variant(
      '{ lab.trouble.activationHangs = true; services.openssh.extraConfig = "MaxAuthTries 7"; }',
    );
    const first = switchTo(hanging, "test").catch(() => undefined);
    // What is to be done is written down right before the script that hangs.
    const hangs =
      "until [ -s /run/nixos/start-list ] || [ -s /run/nixos/restart-list ]; do sleep 0.05; done; sleep 0.5";
    await nas.run(hangs, { timeoutMs: 60_000 });
    expect(await nas.currentSystem()).toBe(good);
    await nas.run("pkill -f '[s]witch-to-configuration test'; true");
    await first;
    // Of two switches that are killed, the second finds no unit that changed.
    expect(await nas.output("cp -r /run/nixos /run/left; cat /run/nixos/restart-list")).toBe("sshd.service");
    expect((await switchTo(good, "test")).exitCode).toBe(0);
    await nas.output("cp /run/left/restart-list /run/nixos/; rm -r /run/left");
    expect((await switchTo(good, "test")).stderr).toContain("restarting the following units: sshd.service");
    expect(await nas.output("ls /run/nixos")).not.toContain("list");
  });

  it("is back on the boot default after a crash in the middle of the activation", async () => {
    const crashing = await variant("{ lab.trouble.activationCrashes = true; }");
    const before = await nas.bootId();
    await switchTo(crashing, "test").catch(() => undefined);
    await nas.waitForBoot(before, { timeoutMs: 60_000 });
    expect(await nas.currentSystem()).toBe(good);
  });

  it.each([
    ["the link is down", "cutNetwork = true"],
    ["it has another address", 'wrongAddress = "10.0.99.9"'],
    ["port 22 is dropped", "dropSsh = true"],
    ["there is no sshd", "stopSshd = true"],
    ["sshd's configuration is broken", "breakSshdConfig = true"],
    ["no key is accepted", "removeKeys = true"],
  ])("cannot be reached when %s, and can be when the good system is activated again", async (_, trouble) => {
    const bad = await variant(`{ lab.trouble.${trouble}; }`);
    const { exitCode } = await switchTo(bad, "test");
    expect([0, 4]).toContain(exitCode);
    expect(await nas.currentSystem()).toBe(bad);
    expect(await isCutOff()).toBe(true);
    expect((await switchTo(good, "test")).exitCode).toBe(0);
    await expect.poll(reachable).toBe(true);
    expect(await nas.output("ip -4 -o addr show eth0 | wc -l; nft list tables")).toBe("1");
  });

  it("cleans /etc of what an earlier system put there, and of nothing else", async () => {
    const next = await variant(
      '{ environment.etc = { "one/link".text = "1"; "one/copy" = { text = "2"; mode = "0600"; }; }; }',
    );
    expect((await switchTo(next, "test")).exitCode).toBe(0);
    expect(await nas.output("cat /etc/one/link /etc/one/copy; stat -c %a /etc/one/copy; touch /etc/mine")).toBe(
      "12600",
    );
    expect((await switchTo(good, "test")).exitCode).toBe(0);
    expect(await nas.output("ls /etc/one; ls /etc/mine; find /etc -xtype l")).toBe("/etc/mine");
  });

  it("is activated by what deploy-rs puts into closures", async () => {
    await editHost({ directory: place.path, host: "nas", nix: "{ lab.health.enable = true; }", exec });
    const attribute = ".#deploy.nodes.nas.profiles.system.path";
    const built = await lab.exec(["nix", "build", "--no-link", "--json", attribute], { cwd: place.path });
    const profile = String(JSON.parse(built.stdout)[0].outputs.out);
    await lab.exec(["nix", "copy", "--no-check-sigs", "--to", "ssh-ng://root@nas", profile], {
      env: { NIX_SSHOPTS: `-F ${lab.sshConfigFile}` },
    });
    const dry = await nas.run(`PROFILE=${profile} DRY_ACTIVATE=1 ${profile}/deploy-rs-activate`);
    expect(dry.stderr).toContain("would start the following units: lab-health.service\n");
    const path = "/nix/var/nix/profiles/system";
    const { exitCode, stderr } = await nas.run(`${profile}/activate-rs activate ${profile} --profile-path ${path}`);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const system = await nas.currentSystem();
    expect(await nas.output(`readlink -f ${path}; readlink -f ${path}/init`)).toBe(`${profile}\n${system}/init`);
    await nas.reset();
    expect(await nas.currentSystem()).toBe(system);
    await nas.run(`nix-env -p ${path} --set ${good}`);
    expect((await switchTo(good, "switch")).exitCode).toBe(0);
  });

  it("switches to a specialisation and back", async () => {
    const next = await variant(
      '{ specialisation.busy.configuration = { lab.health = { enable = true; text = "busy"; }; }; }',
    );
    expect((await nas.run(`${next}/specialisation/busy/bin/switch-to-configuration test`)).exitCode).toBe(0);
    expect((await lab.exec(["curl", "-sf", "http://10.0.20.10:8080/"])).stdout).toBe("busy\n");
    expect(await nas.currentSystem()).toBe(await nas.output(`readlink -f ${next}/specialisation/busy`));
  });
});
