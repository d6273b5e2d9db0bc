import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { ProcessResult } from "@flurry/core";
import { buildSystems, fixtureDirectory, Lab, placeBusybox } from "@flurry/lab";
import type { LabHost } from "@flurry/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { flurryBin, jsonRun } from "./support/fleet.ts";

const nix = ["nix", "--extra-experimental-features", "nix-command flakes"];
const turbo = fileURLToPath(new URL("../../../node_modules/.bin/turbo", import.meta.url));

describe("a new fleet, from an empty directory", () => {
  let lab: Lab;
  let media: LabHost;
  let directory: string;
  beforeAll(async () => {
    await placeBusybox();
    lab = await Lab.up({ hosts: [{ name: "media" }] });
    media = lab.host("media");
    directory = join(lab.home, "fleet");
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  const run = async (words: readonly string[], cwd = directory): Promise<ProcessResult> => {
    const result = await lab.exec(words, { cwd });
    const said = result.exitCode === 0 ? "" : `${result.stdout}\n${result.stderr}`;
    expect({ words, exitCode: result.exitCode, said }).toEqual({ words, exitCode: 0, said: "" });
    return result;
  };
  const flurry = (words: readonly string[], cwd?: string): Promise<ProcessResult> =>
    run([process.execPath, flurryBin, ...words], cwd);
  const input = (name: string): readonly string[] => ["--input", `${name}=path:${fixtureDirectory(`inputs/${name}`)}`];

  it("flurry init writes a repository that evaluates", async () => {
    const nixpkgs = `path:${fixtureDirectory("nixpkgs")}`;
    const key = `${lab.identityFile}.pub`;
    const words = ["init", "fleet", "--yes", "--nixpkgs", nixpkgs, ...input("deploy-rs"), "--ssh-key", key];
    const { stdout } = await flurry(words, lab.home);
    expect(stdout).toContain("files written");
    await flurry(["render", "--check"]);
    const { stdout: hosts } = await flurry(["eval", "--json"]);
    expect(JSON.parse(hosts)).toMatchObject({
      hosts: [
        { host: "nas", status: "ok" },
        { host: "compute", status: "ok" },
        { host: "gateway", status: "ok" },
      ],
    });
  });

  it("flurry host add reads the machine and pins its key", async () => {
    const { address } = media.spec;
    await flurry(["host", "add", "media", "--address", address, "--tag", "apps", "--module", "docker-host", "--yes"]);
    const fleet = await readFile(join(directory, "fleet.yaml"), "utf8");
    const key = (await media.output("cat /etc/ssh/ssh_host_ed25519_key.pub")).split(" ").slice(0, 2).join(" ");
    expect(fleet).toContain(`    hostKey: ${key}\n`);
    // The address that the machine has is the one that it keeps: else the deployment would cut it off.
    const module = await readFile(join(directory, "hosts/media/default.nix"), "utf8");
    expect(module).toContain(`address = "${address}";\n        prefixLength = 16;`);
    await flurry(["render", "--check"]);
  });

  it("flurry deploy deploys it", async () => {
    // Generation 1 is what an installer would leave.
    const systems = await buildSystems({
      directory,
      hosts: ["media"],
      exec: (argv, options) => lab.exec(argv, options),
    });
    const first = systems.get("media");
    if (first === undefined) throw new Error("media was not built");
    await media.install(first);
    await addToModule('environment.etc.motd.text = "deployed";');
    const result = jsonRun(await flurry(["deploy", "media", "--json"]));
    expect(result.verdict("media")).toMatchObject({ status: "deployed", before: first, generation: 2 });
    expect(await media.output("cat /etc/motd")).toBe("deployed");
  });

  it("the flake is one for nix itself, and for deploy-rs", async () => {
    const { stdout } = await run([...nix, "flake", "show", "--json"]);
    expect(Object.keys(JSON.parse(stdout).nixosConfigurations)).toEqual(["compute", "gateway", "media", "nas"]);
    const nodes = await run([...nix, "eval", ".#deploy.nodes", "--json"]);
    expect(JSON.parse(nodes.stdout)).toMatchObject({
      media: { hostname: media.spec.address, sshUser: "root", profiles: { system: { user: "root" } } },
    });
  });

  it("turbo run deploy works in it", async () => {
    await mkdir(join(directory, "node_modules/.bin"), { recursive: true });
    await symlink(flurryBin, join(directory, "node_modules/.bin/flurry"));
    await addToModule('environment.etc.turbo.text = "by turbo";');
    const env = { TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" };
    const { exitCode, stdout, stderr } = await lab.exec([turbo, "run", "deploy", "--no-color", "--", "media"], {
      cwd: directory,
      env,
    });
    expect({ exitCode, said: exitCode === 0 ? "" : stdout + stderr }).toEqual({ exitCode: 0, said: "" });
    expect(await media.output("cat /etc/turbo")).toBe("by turbo");
  });

  it("flurry host rm leaves the fleet without it", async () => {
    await flurry(["host", "rm", "media", "--yes"]);
    await flurry(["render", "--check"]);
    const { stdout } = await flurry(["eval", "--json"]);
    expect(JSON.parse(stdout).hosts.map(({ host }: { host: string }) => host)).toEqual(["nas", "compute", "gateway"]);
  });

  /** Adds a line to the host's own module. */
  async function addToModule(line: string): Promise<void> {
    const file = join(directory, "hosts/media/default.nix");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("\n  networking = {", `\n  ${line}\n  networking = {`));
  }
});
