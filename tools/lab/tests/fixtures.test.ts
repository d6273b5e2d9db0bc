import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { ProcessResult } from "@flurry/core";
import type { TempDir } from "@flurry/core";
import { buildSystems, editHost, fixtureDirectory, Lab, prepareFleet, prepareSyntheticFleet } from "@flurry/lab";
import type { FleetExec } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZpeHR1cmVzZml4dHVyZXNmaXh0dXJlc2ZpeHR1cmVzZml4 tester";
const nix = ["nix", "--extra-experimental-features", "nix-command flakes"];

let lab: Lab;
let place: TempDir;
const exec: FleetExec = (argv, options) => lab.exec(argv, options);

beforeAll(async () => {
  lab = await Lab.up({ hosts: ["nas"], init: "mini" });
  place = await tempDir("flurry-fixtures");
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await lab.down();
});

/** Evaluates an attribute path of a fleet's flake. */
async function evaluate(directory: string, attribute: string, ...words: string[]): Promise<ProcessResult> {
  return await exec([...nix, "eval", ...words, `.#${attribute}`], { cwd: directory });
}

describe("a host without systemd", () => {
  it("does one job of a unit at a time, so that none of its processes is forgotten", async () => {
    const host = lab.host("nas");
    const listeners = `grep -la 'sshd:.*[l]istener' /proc/[0-9]*/cmdline 2> /dev/null | wc -l`;
    for (const verb of ["restart", "start", "restart"]) {
      const jobs = ["stop", verb, "stop", verb].map((job) => host.run(["systemctl", job, "sshd.service"]));
      await Promise.all(jobs);
    }
    await host.output("systemctl stop sshd.service");
    await expect.poll(() => host.output(listeners)).toBe("0");
    await host.sshd("start");
  });
});

describe("the module system", () => {
  /** Evaluates modules with the library's names in scope and selects from the configuration. */
  async function evalModules(modules: string, select: string): Promise<ProcessResult> {
    const expression = `
      let lib = import ${join(fixtureDirectory("nixpkgs"), "lib")}; in with lib;
      (${select}) (evalModules { modules = ${modules}; }).config`;
    return await exec([...nix, "eval", "--json", "--impure", "--expr", expression]);
  }
  const option = (type: string, more = ""): string =>
    `{ options.x = mkOption { type = with types; ${type}; ${more} }; }`;

  it.each([
    ["a default", `[ ${option("int", "default = 1;")} ]`, 1],
    ["a definition over a default", `[ ${option("int", "default = 1;")} { x = 2; } ]`, 2],
    ["mkDefault under a plain definition", `[ ${option("int")} { x = mkDefault 1; } { x = 2; } ]`, 2],
    ["mkForce over a plain definition", `[ ${option("int")} { x = mkForce 1; } { x = 2; } ]`, 1],
    ["mkOptionDefault under mkDefault", `[ ${option("int")} { x = mkOptionDefault 1; } { x = mkDefault 2; } ]`, 2],
    [
      "a false mkIf, whose content is not looked at",
      `[ ${option("int", "default = 1;")} { x = mkIf false (throw "no"); } ]`,
      1,
    ],
    ["mkIf around mkForce", `[ ${option("int")} { x = mkIf true (mkForce 1); } { x = 2; } ]`, 1],
    ["mkMerge in order", `[ ${option("listOf int")} { x = mkMerge [ [ 1 ] (mkIf false [ 9 ]) [ 2 ] ]; } ]`, [1, 2]],
    [
      "mkBefore and mkAfter",
      `[ ${option("listOf int")} { x = mkMerge [ (mkAfter [ 3 ]) [ 2 ] (mkBefore [ 1 ]) ]; } ]`,
      [1, 2, 3],
    ],
    ["mkIf within a list", `[ ${option("listOf int")} { x = [ 1 (mkIf false 2) (mkIf true 3) ]; } ]`, [1, 3]],
    ["an empty list without definitions", `[ ${option("listOf int")} ]`, []],
    ["null without definitions", `[ ${option("nullOr int")} ]`, null],
    ["equal definitions", `[ ${option("str")} { x = "a"; } { x = "a"; } ]`, "a"],
    ["lines", `[ ${option("lines")} { x = "a"; } { x = "b"; } ]`, "a\nb"],
    ["separatedString", `[ ${option('separatedString ","')} { x = "a"; } { x = "b"; } ]`, "a,b"],
    [
      "either, by what all definitions are",
      `[ ${option("either int (listOf int)")} { x = [ 1 ]; } { x = [ 2 ]; } ]`,
      [1, 2],
    ],
    ["oneOf", `[ ${option("oneOf [ types.int types.bool types.str ]")} { x = true; } ]`, true],
    ["coercedTo", `[ ${option("coercedTo types.int toString types.str")} { x = 5; } ]`, "5"],
    ["enum", `[ ${option('enum [ "a" "b" ]')} { x = "b"; } ]`, "b"],
    ["apply", `[ ${option("int", "apply = n: n + 1;")} { x = 1; } ]`, 2],
    [
      "functionTo",
      `[ ${option("functionTo types.int")} { x = n: n * 2; } ({ config, ... }: { options.y = mkOption { }; config.y = config.x 4; }) ]`,
      8,
      "c: c.y",
    ],
    [
      "attrsOf, without names that are switched off",
      `[ ${option("attrsOf types.int")} { x.a = mkIf false 1; x.b = 2; } ]`,
      { b: 2 },
    ],
    [
      "lazyAttrsOf, whose names are lazy",
      `[ ${option("lazyAttrsOf types.int")} { x.a = throw "no"; x.b = 2; } ]`,
      2,
      "c: c.x.b",
    ],
    ["anything, name by name", `[ ${option("anything")} { x.a.b = 1; } { x.a.c = 2; } ]`, { a: { b: 1, c: 2 } }],
    [
      "a submodule with its name, defaults and definitions of two modules",
      `[ ${option("attrsOf (types.submodule ({ name, ... }: { options.n = mkOption { type = types.str; default = name; }; options.l = mkOption { type = types.listOf types.int; default = [ ]; }; }))")} { x.a.l = [ 1 ]; } { x.a.l = [ 2 ]; x.b = { }; } ]`,
      { a: { n: "a", l: [1, 2] }, b: { n: "b", l: [] } },
    ],
    [
      "a submodule's freeform settings",
      `[ ${option("submodule { freeformType = types.attrsOf types.int; options.a = mkOption { default = 1; }; }")} { x.b = 2; } ]`,
      { a: 1, b: 2 },
    ],
    [
      "one option of two submodule declarations",
      `[ ${option("submodule { options.a = mkOption { default = 1; }; }")} { options.x = mkOption { type = types.submodule { options.b = mkOption { default = 2; }; }; }; config.x = { }; } ]`,
      { a: 1, b: 2 },
    ],
    [
      "imports of sets and functions, each once",
      `let shared = { key = "s"; config.x = [ 1 ]; }; in [ ${option("listOf int")} { imports = [ shared ({ ... }: { x = [ 2 ]; }) ]; } shared ]`,
      [1, 2],
    ],
    [
      "disabledModules with what they import",
      `let off = { key = "off"; config.x = [ 9 ]; imports = [ { x = [ 8 ]; } ]; }; in [ ${option("listOf int")} off { disabledModules = [ { key = "off"; } ]; x = [ 1 ]; } ]`,
      [1],
    ],
    ["_module.args", `[ ${option("int")} { _module.args.five = 5; } ({ five, ... }: { x = five; }) ]`, 5],
    [
      "a renamed option",
      `[ ${option("int")} { options.warnings = mkOption { type = types.listOf types.str; default = [ ]; }; } (mkRenamedOptionModule [ "old" ] [ "x" ]) { old = 3; } ]`,
      3,
    ],
    [
      "undeclared settings, merged by kind",
      `[ { _module.freeformType = types.tree; } { x.l = [ 1 ]; x.s = "a"; } { x.l = [ 2 ]; x.s = "a"; x.o = mkForce 1; } { x.o = 2; } ]`,
      { l: [1, 2], s: "a", o: 1 },
    ],
    [
      "undeclared settings that depend on each other",
      `[ { _module.freeformType = types.tree; } ({ config, ... }: { services.foo = mkIf config.services.bar.enable { enable = true; }; }) { services.bar.enable = true; } ]`,
      true,
      "c: c.services.foo.enable",
    ],
    [
      "an undeclared enable that is switched off",
      `[ { _module.freeformType = types.tree; } { x.enable = mkIf false true; } ]`,
      false,
      "c: c.x.enable",
    ],
  ])("gives %s", async (_, modules, expected, select = "c: c.x") => {
    const { exitCode, stdout, stderr } = await evalModules(modules, select);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  const named = (file: string, body: string): string => `{ _file = "${file}"; ${body} }`;
  it.each([
    [
      "two definitions that differ, naming both files",
      `[ ${option("str")} ${named("/a.nix", 'x = "1";')} ${named("/b.nix", 'x = "2";')} ]`,
      /The option `x' has conflicting definition values:\s+- In `\/a\.nix': "1"\s+- In `\/b\.nix': "2"\s+Use `lib\.mkForce value` or `lib\.mkDefault value`/,
    ],
    [
      "a value of the wrong type",
      `[ ${option("listOf types.port")} ${named("/a.nix", "x = [ 99999 ];")} ]`,
      /A definition for option `x\.\[definition 1-entry 1\]' is not of type `16 bit unsigned integer; between 0 and 65535 \(both inclusive\)'\. Definition values:\s+- In `\/a\.nix': 99999/,
    ],
    [
      "an option without a value",
      `[ ${option("int")} ]`,
      /The option `x' was accessed but has no value defined\. Try setting the option\./,
    ],
    [
      "a definition without an option",
      `[ ${option("int")} ${named("/a.nix", "x = 1; y.z = 2;")} ]`,
      /The option `y' does not exist\. Definition values:\s+- In `\/a\.nix':/,
    ],
    [
      "a definition of a submodule without an option",
      `[ ${option("submodule { options.a = mkOption { default = 1; }; }")} ${named("/a.nix", "x.b = 2;")} ]`,
      /The option `x\.b' does not exist\. Definition values:\s+- In `\/a\.nix': 2/,
    ],
    [
      "an option that is declared twice",
      `[ ${named("/a.nix", "options.x = mkOption { type = types.int; };")} ${named("/b.nix", "options.x = mkOption { type = types.str; };")} ]`,
      /The option `x' in `\/b\.nix' is already declared in `\/a\.nix'\./,
    ],
    [
      "a read-only option that is set",
      `[ ${option("int", "readOnly = true; default = 1;")} { x = 2; } ]`,
      /The option `x' is read-only, but it's set multiple times/,
    ],
    [
      "a value where options stand",
      `[ { options.x.y = mkOption { default = 1; }; } ${named("/a.nix", "x = 5;")} ]`,
      /The option path `x' is an attribute set of options, but it's defined to not be an attribute set in `\/a\.nix'/,
      "c: c.x.y",
    ],
    [
      "a stray name beside config",
      `[ ${named("/a.nix", "config = { }; x = 1;")} ]`,
      /Module `\/a\.nix' has an unsupported attribute `x'/,
    ],
    [
      "an unknown module argument",
      `[ ({ nonsense, ... }: { config.x = nonsense; }) ${option("int")} ]`,
      /asks for the argument `nonsense'/,
    ],
    [
      "more than one definition of a raw value",
      `[ ${option("raw")} ${named("/a.nix", "x = 1;")} ${named("/b.nix", "x = 1;")} ]`,
      /defined multiple times while it's expected to be unique[^]*`\/a\.nix'[^]*`\/b\.nix'/,
    ],
  ])("refuses %s", async (_, modules, message, select = "c: c.x") => {
    const { exitCode, stderr } = await evalModules(modules, select);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
  });
});

describe("the example fleet", () => {
  let directory: string;
  beforeAll(async () => {
    directory = join(place.path, "homelab");
    await prepareFleet({ directory, deployerPublicKey: key, exec });
  });

  it("is one commit whose lock file Nix leaves as it is", async () => {
    expect(
      (await evaluate(directory, "nixosConfigurations", "--apply", "builtins.attrNames", "--json")).stdout.trim(),
    ).toBe('["compute","gateway","nas"]');
    const status = await exec(["git", "status", "--porcelain"], { cwd: directory });
    expect(status).toMatchObject({ exitCode: 0, stdout: "" });
    expect((await exec(["git", "rev-list", "--count", "HEAD"], { cwd: directory })).stdout.trim()).toBe("1");
  });

  it("keeps the flake as its user wrote it", async () => {
    expect(await readFile(join(directory, "flake.nix"), "utf8")).toBe(
      await readFile(join(fixtureDirectory("homelab"), "flake.nix"), "utf8"),
    );
  });

  it("builds every system offline, with what a system consists of", async () => {
    const systems = await buildSystems({ directory, hosts: ["compute", "gateway", "nas"], exec });
    for (const [host, system] of systems) {
      expect(system).toMatch(new RegExp(`-nixos-system-${host}-24\\.11`));
      const listing = await exec([
        "sh",
        "-c",
        `cd ${system} && ls -d activate init sw/bin/git etc/ssh/sshd_config kernel initrd nixos-version specialisation && cat etc/hostname system`,
      ]);
      expect(listing).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`${host}\nx86_64-linux`) });
      const keys = await exec(["cat", `${system}/etc/ssh/authorized_keys.d/root`]);
      expect(keys.stdout.trim()).toBe(key);
    }
  });

  it("gives the same derivations again, from another directory", async () => {
    const again = join(place.path, "again");
    await prepareFleet({ directory: again, deployerPublicKey: key, exec });
    const drvPath = "nixosConfigurations.gateway.config.system.build.toplevel.drvPath";
    const [first, second] = [await evaluate(directory, drvPath, "--raw"), await evaluate(again, drvPath, "--raw")];
    expect(first.stdout).toMatch(/\.drv$/);
    expect(second.stdout).toBe(first.stdout);
  });

  it("builds in the sandbox as well", async () => {
    const built = await exec(
      [
        ...nix,
        "build",
        "--no-link",
        "--rebuild",
        "--option",
        "sandbox",
        "true",
        ".#nixosConfigurations.compute.config.system.build.etc",
      ],
      { cwd: directory },
    );
    expect({ exitCode: built.exitCode, stderr: built.stderr }).toMatchObject({ exitCode: 0 });
  });

  it("has deploy-rs' nodes, whose profiles lead to the systems", async () => {
    const deploy = JSON.parse((await evaluate(directory, "deploy", "--json")).stdout);
    expect(Object.keys(deploy.nodes)).toEqual(["compute", "gateway", "nas"]);
    const { path, sshUser, user } = deploy.nodes.nas.profiles.system;
    expect([sshUser, user]).toEqual(["root", "root"]);
    const systems = await buildSystems({ directory, hosts: ["nas"], exec });
    await exec([...nix, "build", "--no-link", ".#deploy.nodes.nas.profiles.system.path"], { cwd: directory });
    const target = await exec([
      "readlink",
      "-f",
      `${path}/bin/switch-to-configuration`,
      `${path}/deploy-rs-activate`,
      `${path}/activate-rs`,
    ]);
    expect(target.stdout.split("\n")[0]).toBe(`${systems.get("nas")}/bin/switch-to-configuration`);
    expect(target.exitCode).toBe(0);
  });

  it("passes nix flake show and check", async () => {
    const show = await exec([...nix, "flake", "show", "--json"], { cwd: directory });
    expect(JSON.parse(show.stdout).nixosConfigurations.nas).toEqual({ type: "nixos-configuration" });
    const check = await exec([...nix, "flake", "check"], { cwd: directory });
    expect({ exitCode: check.exitCode, stderr: check.stderr }).toMatchObject({ exitCode: 0 });
  });

  it("says which secrets a host needs", async () => {
    const built = await exec(
      [...nix, "build", "--no-link", "--json", ".#nixosConfigurations.gateway.config.system.build.sops-nix-manifest"],
      { cwd: directory },
    );
    const manifest = JSON.parse(await readManifest(JSON.parse(built.stdout)[0].outputs.out));
    expect(manifest.secrets).toMatchObject([
      { name: "wireguard/private-key", path: "/run/secrets/wireguard/private-key" },
    ]);
    expect(manifest.secrets[0].sopsFile).toMatch(/^\/nix\/store\/.*gateway\.yaml$/);
  });
  const readManifest = async (path: string): Promise<string> => (await exec(["cat", path])).stdout;

  it("accepts options that this miniature does not know, and names both files of a conflict", async () => {
    const host = join(place.path, "edited");
    await prepareFleet({ directory: host, exec, fleetFile: false });
    await editHost({
      directory: host,
      host: "nas",
      exec,
      nix: "{ services.jellyfin = { enable = true; openFirewall = true; }; hardware.bluetooth.enable = false; }",
    });
    await buildSystems({ directory: host, hosts: ["nas"], exec });
    await editHost({
      directory: host,
      host: "nas",
      exec,
      commit: false,
      nix: '{ networking.hostName = "other"; services.openssh.ports = [ "22" ]; }',
    });
    const conflict = await evaluate(host, "nixosConfigurations.nas.config.networking.hostName");
    expect(conflict.stderr).toMatch(
      /The option `networking\.hostName' has conflicting definition values:[^]*hosts\/nas\/edit\.nix': "other"[^]*hosts\/nas': "nas"/,
    );
    const type = await evaluate(host, "nixosConfigurations.nas.config.services.openssh.ports");
    expect(type.stderr).toMatch(
      /not of type `16 bit unsigned integer; between 0 and 65535 \(both inclusive\)'[^]*hosts\/nas\/edit\.nix': "22"/,
    );
    await editHost({
      directory: host,
      host: "nas",
      exec,
      nix: '{ assertions = [ { assertion = false; message = "no luck"; } ]; }',
    });
    const failed = await evaluate(host, "nixosConfigurations.nas.config.system.build.toplevel.drvPath");
    expect(failed.stderr).toMatch(/Failed assertions:\s+- no luck/);
  });

  it("makes closures of any size, the same each time", async () => {
    const host = join(place.path, "large");
    await prepareFleet({ directory: host, exec });
    await editHost({ directory: host, host: "nas", exec, nix: "{ lab.blobs = { count = 3; mib = 2; seed = 7; }; }" });
    const system = (await buildSystems({ directory: host, hosts: ["nas"], exec })).get("nas") ?? "";
    const blobs = (await exec(["cat", `${system}/extra-dependencies`])).stdout.split(" ");
    const sizes = await exec(["sh", "-c", "for blob; do cat $blob/* | wc -c; done", "sh", ...blobs]);
    expect(sizes.stdout).toBe(`${2 * 1024 ** 2}\n`.repeat(3));
    const rebuilt = await exec([...nix, "build", "--no-link", "--rebuild", ...(await deriversOf(blobs))]);
    expect({ exitCode: rebuilt.exitCode, stderr: rebuilt.stderr }).toMatchObject({ exitCode: 0 });
  });
  const deriversOf = async (paths: readonly string[]): Promise<string[]> =>
    (await exec(["nix-store", "--query", "--deriver", ...paths])).stdout.trim().split("\n");

  it("refuses to edit a host that it has not", async () => {
    await expect(editHost({ directory, host: "nobody", nix: "{ }", exec })).rejects.toMatchObject({
      code: "LAB_INVALID",
    });
  });
});

describe("a synthetic fleet", () => {
  it("has the hosts it is asked for", async () => {
    const directory = join(place.path, "synthetic");
    const hosts = Array.from({ length: 10 }, (_, index) => ({
      name: `h${index + 1}`,
      address: `10.0.21.${10 + index}`,
    }));
    const fleet = await prepareSyntheticFleet({ directory, hosts, deployerPublicKey: key, exec });
    expect(fleet.hosts).toEqual(hosts.map(({ name }) => name).sort());
    const systems = await buildSystems({ directory, hosts: ["h1", "h10"], exec });
    expect(new Set(systems.values()).size).toBe(2);
    const addresses = await evaluate(
      directory,
      "nixosConfigurations.h10.config.networking.interfaces.eth0.ipv4.addresses",
      "--json",
    );
    expect(JSON.parse(addresses.stdout)).toEqual([{ address: "10.0.21.19", prefixLength: 16 }]);
  });

  it.each([
    { name: "a.b", address: "10.0.0.1" },
    { name: "ok", address: '";x' },
  ])("refuses $name at $address", async (host) => {
    await expect(
      prepareSyntheticFleet({ directory: join(place.path, "bad"), hosts: [host], exec }),
    ).rejects.toMatchObject({
      code: "LAB_INVALID",
    });
  });
});
