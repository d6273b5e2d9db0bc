import type { FleetLab, LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deployJson, expectConfirmed, fleetFile, fleetLab, flurryBin } from "./support/fleet.ts";

const password = `it's "$(touch /tmp/pwned)" \\ secret`;

// A host of the lab has its programs elsewhere than NixOS, where they are part of the system.
const programs = ["sh", "systemctl", "curl"].map(
  (name) => `(pkgs.writeShellScriptBin "${name}" "exec /usr/bin/${name} \\"$@\\"")`,
);

describe("a user who is not root", () => {
  let fleet: FleetLab;
  let host: LabHost;
  let version = 0;
  beforeAll(async () => {
    fleet = await fleetLab({ hosts: [{ name: "compute", init: "systemd", sudo: "refused" }] });
    host = fleet.host("compute");
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  async function newSystem(deploy: string): Promise<void> {
    version += 1;
    const motd = `environment.etc.motd.text = "version ${version}";`;
    await fleet.edit("compute", `{ pkgs, ... }: { ${motd} environment.systemPackages = [ ${programs.join(" ")} ]; }`);
    const checks = 'health: [{ unit: sshd }, { command: "test $(id -u) = 0" }]';
    await fleet.writeFleetFile(fleetFile({ compute: `deploy: { ${deploy} }, ${checks}` }));
  }

  it("needs no more than the rule that `flurry sudoers` prints", async () => {
    await newSystem("sshUser: root");
    expect((await deployJson(fleet)).verdict("compute").status).toBe("deployed");
    await newSystem("sshUser: deploy");
    const refused = (await deployJson(fleet)).verdict("compute");
    expect(refused).toMatchObject({ status: "failed", error: { code: "FLURRY_SUDO_REFUSED" } });
    expect(refused.error?.hint).toContain("flurry sudoers");

    const { stdout: rule } = await fleet.flurry(["sudoers", "deploy", "--format", "sudoers"]);
    const sudoers = await host.readFile("/etc/sudoers");
    await host.run(["sh", "-c", "cat >> /etc/sudoers"], { stdin: rule });
    expect((await host.run("/usr/sbin/visudo -c")).exitCode).toBe(0);
    const { verdict } = await deployJson(fleet);
    expect(verdict("compute").status).toBe("deployed");
    await expectConfirmed(fleet, host, verdict("compute").after);
    const other = await fleet.exec(["ssh", "-F", fleet.lab.sshConfigFile, "deploy@compute", "sudo -n id"]);
    expect(other).toMatchObject({ exitCode: 1, stdout: "" });
    await host.run(["sh", "-c", "cat > /etc/sudoers"], { stdin: sudoers });
  });

  describe("whom sudo asks for a password", () => {
    beforeAll(async () => {
      const hash = `umask 077; printf 'deploy:%s:20000::::::\\n' "$(openssl passwd -6 -stdin)" > /etc/shadow`;
      await host.run(["sh", "-c", hash], { stdin: `${password}\n` });
      const pam = "auth required pam_unix.so nodelay\naccount required pam_permit.so\nsession required pam_permit.so\n";
      await host.run(["sh", "-c", "cat > /etc/pam.d/sudo"], { stdin: pam });
    });

    /** Runs `flurry` with a person at the terminal who types. */
    async function typing(
      typed: string,
      words: readonly string[],
    ): Promise<{ readonly exitCode: number | null; readonly screen: string }> {
      const command = [process.execPath, flurryBin, ...words].join(" ");
      // Whoever types before the question stands there has typed it for the terminal to show.
      const asked = `for i in $(seq 600); do grep -qs assword "$1" && break; sleep 0.1; done; sleep 1`;
      const script = `rm -f "$1"; { ${asked}; cat; } | script -qefc "$0" "$1"`;
      const options = { cwd: fleet.directory, stdin: `${typed}\r`, timeoutMs: 90_000 };
      const { exitCode, stdout } = await fleet.exec(["sh", "-c", script, command, `${fleet.lab.home}/screen`], options);
      return { exitCode, screen: stdout };
    }

    it("is asked once on the terminal, and the password is nowhere else", async () => {
      await newSystem("sshUser: deploy, askSudoPassword: true");
      const look = "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2> /dev/null | tr '\\0' '\\n' > /tmp/seen.new";
      const spy = `until [ -e /tmp/seen.enough ]; do ${look}; cat /tmp/seen.new >> /tmp/seen; done`;
      const watching = host.run(["timeout", "100", "sh", "-c", spy]);
      const { exitCode, screen } = await typing(password, ["deploy", "--log-format", "lines"]);
      expect({ exitCode, screen }).toMatchObject({ exitCode: 0 });
      expect(screen).not.toContain("secret");
      await host.output("touch /tmp/seen.enough");
      await watching;
      const seen = await host.run("cat /tmp/seen");
      expect(seen.stdout).toContain("supervisor.sh");
      expect(seen.stdout).not.toContain("secret");
      await host.output("rm /tmp/seen*");
      expect((await host.run("grep -rF 'pwned' /var/lib/flurry /var/log /tmp /run/flurry")).stdout).toBe("");
      const here = await fleet.exec(["sh", "-c", "grep -rF pwned .flurry"], { cwd: fleet.directory });
      expect(here.stdout).toBe("");
      await expectConfirmed(fleet, host, await host.currentSystem());
      expect(await host.output("cat /etc/motd")).toBe(`version ${version}`);
    });

    it("is told that it was the wrong one, and nothing has changed", async () => {
      const before = await host.currentSystem();
      await newSystem("sshUser: deploy");
      const { exitCode, screen } = await typing("wrong", ["deploy", "--ask-sudo-password", "--log-format", "lines"]);
      expect({ exitCode, screen }).not.toMatchObject({ exitCode: 0 });
      expect(screen).toContain("The password is wrong");
      await expectConfirmed(fleet, host, before);
    });

    it("is told the way out where there is no terminal", async () => {
      await newSystem("sshUser: deploy, askSudoPassword: true");
      expect((await deployJson(fleet)).verdict("compute").error).toMatchObject({
        code: "FLURRY_SUDO_REFUSED",
        message: "sudo asks for a password and there is no terminal to ask for it",
      });
    });

    it("may come by doas or run0 instead (stand-ins of both that call sudo: the lab has neither)", async () => {
      await host.output("cp /etc/sudoers /tmp/before && echo 'deploy ALL=(ALL:ALL) NOPASSWD: ALL' >> /etc/sudoers");
      const stand = (name: string, options: string): string =>
        `{ echo '#!/bin/sh'; echo 'while :; do case $1 in ${options}) shift ;; --) shift; break ;; -*) exit 9 ;; *) break ;; esac; done'; echo 'exec sudo -n -- "$@"'; } > /run/lab/bin/${name} && chmod +x /run/lab/bin/${name}`;
      await host.output(`${stand("doas", "-n")}; ${stand("run0", "--user=root | --no-ask-password")}`);
      await newSystem('sshUser: deploy, sudo: "doas -n"');
      expect((await deployJson(fleet)).verdict("compute")).toMatchObject({ status: "deployed" });
      expect(await host.output("cat /etc/motd")).toBe(`version ${version}`);
      await newSystem("sshUser: deploy, sudo: [run0, --user=root, --no-ask-password, --]");
      const { stdout } = await fleet.flurry(["exec", "compute", "--sudo", "--", "id", "-u"]);
      expect(stdout).toBe("compute | 0\n");
      await host.output("cp /tmp/before /etc/sudoers; rm /tmp/before /run/lab/bin/doas /run/lab/bin/run0");
    });

    it("need not be one whom sudo really asks", async () => {
      await newSystem("sshUser: deploy, askSudoPassword: true");
      await host.output("echo 'deploy ALL=(ALL:ALL) NOPASSWD: ALL' >> /etc/sudoers");
      const { exitCode, screen } = await typing("anything", ["deploy", "--log-format", "lines"]);
      expect({ exitCode, screen }).toMatchObject({ exitCode: 0 });
      expect(await host.output("cat /etc/motd")).toBe(`version ${version}`);
    });
  });
});
