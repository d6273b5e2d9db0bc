import { access, readFile } from "node:fs/promises";

import { Lab, LabError, testedInits } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

describe.each(testedInits)("a lab whose hosts boot %s", (init) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.up({
      hosts: ["nas", { name: "locked", sudo: "refused" }, { name: "bare", sudo: "absent", requireSignatures: true }],
      init,
    });
  });
  afterAll(async () => {
    await lab.down();
  });
  const ssh = async (target: string, command: string) =>
    await lab.exec(["ssh", "-F", lab.sshConfigFile, target, command], { timeoutMs: 60_000 });

  it("has hosts with names and addresses", () => {
    expect(lab.hosts.map(({ name, address }) => [name, address])).toEqual([
      ["nas", "10.0.20.10"],
      ["locked", "10.0.21.10"],
      ["bare", "10.0.21.11"],
    ]);
    expect(() => lab.host("nass")).toThrow(LabError);
  });

  it("is reached by ssh as root, by name and by address", async () => {
    expect(await ssh("nas", "hostname; id -u")).toMatchObject({ exitCode: 0, stdout: "nas\n0\n" });
    expect(await ssh("10.0.20.10", "cat /run/lab/address")).toMatchObject({ exitCode: 0, stdout: "10.0.20.10/16\n" });
    expect(await ssh("bare", "ls /etc/NIXOS")).toMatchObject({ exitCode: 0 });
  });

  it("lets deploy become root where sudo says so", async () => {
    expect(await ssh("deploy@nas", "id -un; sudo -n id -un")).toMatchObject({ exitCode: 0, stdout: "deploy\nroot\n" });
    expect(await ssh("deploy@locked", "sudo -n true")).toMatchObject({ exitCode: 1 });
    expect((await ssh("deploy@locked", "sudo -n true")).stderr).toContain("a password is required");
    const { exitCode } = await ssh("deploy@bare", "sudo -n true");
    expect([126, 127]).toContain(exitCode);
  });

  it("serves Nix to root and to deploy", async () => {
    const add = "echo hello > /tmp/$USER.txt && nix-store --add /tmp/$USER.txt";
    expect((await ssh("root@nas", add)).stdout).toMatch(/^\/nix\/store\/.*root\.txt$/m);
    expect((await ssh("deploy@nas", add)).stdout).toMatch(/^\/nix\/store\/.*deploy\.txt$/m);
  });

  it("takes closures from the deployer's store, and refuses unsigned ones where it has to", async () => {
    // Not nix-store --add: a path that is addressed by its content needs no signature.
    const expression = `derivation { name = "payload"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo payload > $out" ]; }`;
    const path = (await lab.exec(["nix-build", "--no-out-link", "--expr", expression])).stdout.trim();
    const copy = async (host: string, ...flags: string[]) =>
      await lab.exec(["nix", "copy", ...flags, "--to", `ssh-ng://root@${host}`, path], {
        env: { NIX_SSHOPTS: `-F ${lab.sshConfigFile}` },
        timeoutMs: 60_000,
      });
    expect(await copy("nas")).toMatchObject({ exitCode: 0 });
    expect(await lab.host("nas").output(["cat", path])).toBe("payload");
    expect((await copy("bare")).stderr).toContain("lacks a");
    expect(await copy("bare", "--no-check-sigs")).toMatchObject({ exitCode: 0 });
    // Nothing of it is on this machine.
    await expect(access(path)).rejects.toThrow("ENOENT");
  });

  it("gives the deployer this machine's files and an environment of its own", async () => {
    const here = import.meta.filename;
    const result = await lab.exec(["sh", "-c", 'wc -c < "$1"; pwd; echo "$HOME"; echo "$SECRET"', "sh", here], {
      env: { SECRET: "given" },
    });
    const size = (await readFile(here)).length;
    expect(result.stdout).toBe(`${size}\n${lab.home}\n${lab.home}\ngiven\n`);
    expect(await lab.exec(["cat"], { stdin: "input" })).toMatchObject({ exitCode: 0, stdout: "input" });
  });

  it("boots what it claims to", async () => {
    const nas = lab.host("nas");
    expect((await nas.output("cat /proc/1/comm")) === "systemd").toBe(init === "systemd");
    expect(await nas.exists("/run/systemd/system")).toBe(init === "systemd");
    const systemdRun = await ssh("nas", "systemd-run --wait --pipe --quiet echo from a unit");
    expect([systemdRun.exitCode === 0, systemdRun.stdout]).toEqual(
      init === "systemd" ? [true, "from a unit\n"] : [false, ""],
    );
    expect(await ssh("nas", "systemctl is-active sshd.service")).toMatchObject({ exitCode: 0, stdout: "active\n" });
  });

  it("keeps hosts from writing this machine's files", async () => {
    const { exitCode } = await lab.host("nas").run("mount -o remount,bind,rw /usr");
    expect(exitCode === 0).toBe(lab.mapping === "none");
  });

  it("adds hosts while it runs", async () => {
    await lab.add([{ name: "late", address: "10.0.9.9" }]);
    expect(await ssh("late", "hostname")).toMatchObject({ exitCode: 0, stdout: "late\n" });
    await expect(lab.add(["late"])).rejects.toMatchObject({ code: "LAB_INVALID" });
  });
});

describe("spawn", () => {
  it("tells lines as they come, and ends with SIGKILL", async () => {
    await using lab = await Lab.up({ hosts: [], init: "mini" });
    const process = lab.spawn(["sh", "-c", "echo begun; sleep 60; echo never"]);
    const seen: string[] = [];
    for await (const line of process.lines) {
      seen.push(line);
      if (line === "begun") process.kill("SIGKILL");
    }
    expect(seen).toEqual(["begun"]);
    expect(await process.exited).toMatchObject({ signal: "SIGKILL", stdout: "begun\n" });
  });
});
