import { FlurryError } from "@flurry/core";
import { parseFleetYaml } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import { fakeNix } from "../../tests/support/fake-services.ts";
import { TestRepository } from "../../tests/support/repository.ts";
import type { FormQuestions } from "../terminal/form-questions.ts";

const alice = "age12cesk05x5sn6vckvt9ty6hp8pkd3rlt42a0c82v97vut2hxaqsysfpey4m";
const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJiTz2NUHR9jmNsbCIVFOGGhFKTPEQ+Xw4PE3NK8pjX1";
const yes = ["init", "--yes", "--ssh-key", sshKey];

/** Answers each question with the next of these; undefined takes what is offered. */
function answering(answers: readonly (string | undefined)[]): FormQuestions & { readonly asked: string[] } {
  const asked: string[] = [];
  const next = (message: string): string | undefined => {
    asked.push(message);
    return answers[asked.length - 1];
  };
  return {
    asked,
    text: async ({ message, initial, check }) => {
      const answer = next(message) ?? initial;
      const complaint = check?.(answer);
      if (complaint !== undefined) throw new Error(complaint);
      return answer;
    },
    choice: async ({ message, choices, initial }) => {
      const answer = next(message);
      return choices.find(({ value }) => value === answer)?.value ?? initial;
    },
  };
}

describe("flurry init", () => {
  it("writes a whole fleet that its own schema takes and that is rendered already", async () => {
    await using repository = await TestRepository.with({});
    const { code, out, err } = await repository.flurry([...yes, "--admin", `alice=${alice}`]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("24 files written:");
    const files = await repository.files();
    expect(Object.keys(files).toSorted()).toMatchInlineSnapshot(`
      [
        ".githooks/pre-commit",
        ".github/workflows/fleet.yml",
        ".gitignore",
        ".sops.yaml",
        "README.md",
        "flake.lock",
        "flake.nix",
        "fleet.yaml",
        "hosts/compute/default.nix",
        "hosts/compute/hardware.nix",
        "hosts/gateway/default.nix",
        "hosts/gateway/hardware.nix",
        "hosts/nas/default.nix",
        "hosts/nas/hardware.nix",
        "keys/README.md",
        "keys/key-1.pub",
        "modules/common.nix",
        "modules/docker-host.nix",
        "modules/monitoring.nix",
        "modules/networking.nix",
        "overlays/default.nix",
        "package.json",
        "secrets/README.md",
        "turbo.json",
      ]
    `);
    const fleet = parseFleetYaml(files["fleet.yaml"] ?? "", { file: "fleet.yaml" });
    expect(fleet.ok && fleet.warnings).toEqual([]);
    expect(fleet.ok && fleet.value).toMatchObject({
      nixpkgs: "github:NixOS/nixpkgs/nixos-26.05",
      hosts: [
        { name: "nas" },
        { name: "compute", modules: ["common", "monitoring", "docker-host"] },
        { name: "gateway" },
      ],
      secrets: { backend: "sops", admins: [{ name: "alice" }], files: [] },
    });
    expect(files["hosts/nas/default.nix"]).toContain('system.stateVersion = "26.05";');
    expect(files["keys/key-1.pub"]).toBe(`${sshKey}\n`);
    expect(JSON.parse(files["package.json"] ?? "")).toMatchObject({ scripts: { deploy: "flurry deploy" } });
    expect(repository.git.map((words) => words.split(" ")[0])).toEqual(["rev-parse", "add", "rev-parse", "add"]);
    expect(repository.git.at(-1)).toBe("add -- flake.lock");
    expect((await repository.flurry(["render", "--check"])).code).toBe(0);
  });

  it("says what is left to do when the inputs cannot be reached, or are not to be", async () => {
    await using repository = await TestRepository.with({});
    const completeLockFile = async (): Promise<void> => {
      throw new FlurryError("FLURRY_FLAKE_INVALID", "unable to download 'https://api.github.com/…'");
    };
    const { code, out, err } = await repository.flurry([...yes, "one"], { services: { completeLockFile } });
    expect({ code, err }).toEqual({
      code: 0,
      err: "warning: there is no flake.lock yet: unable to download 'https://api.github.com/…'\n",
    });
    expect(out).toContain("\nNext:\n  cd one\n  nix flake lock\n");
    const json = await repository.flurry([...yes, "two", "--no-lock", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ locked: false });
    expect(Object.keys(await repository.files()).filter((path) => path.endsWith(".lock"))).toEqual([]);
  });

  it("goes into a directory that is to be made, and says how to get there", async () => {
    await using repository = await TestRepository.with({});
    const { out } = await repository.flurry([...yes, "my fleet", "--host", "web=192.0.2.7"]);
    expect(out).toContain("\n  cd 'my fleet'\n");
    expect(JSON.parse(await repository.read("my fleet/package.json"))).toMatchObject({ name: "my-fleet" });
    expect(await repository.read("my fleet/fleet.yaml")).toContain("  web: { address: 192.0.2.7 }\n");
  });

  it("--dry-run writes nothing and asks nothing", async () => {
    await using repository = await TestRepository.with({});
    const { code, out } = await repository.flurry([...yes, "--dry-run"]);
    expect(code).toBe(0);
    expect(out).toContain("files would be written:");
    expect(await repository.files()).toEqual({});
    expect(repository.git).toEqual([]);
  });

  it("refuses a directory with something in it, and with --force leaves that alone", async () => {
    const mine = { "README.md": "mine\n", "modules/common.nix": "{ }\n" };
    await using repository = await TestRepository.with(mine);
    const refused = await repository.flurry(yes);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("error[FLURRY_DIRECTORY_NOT_EMPTY]: DIR is not empty: README.md, modules");
    expect(await repository.files()).toEqual(mine);
    const forced = await repository.flurry([...yes, "--force"]);
    expect(forced.err).toContain("warning: README.md is there already and was left alone");
    expect(await repository.files()).toMatchObject({ ...mine, "fleet.yaml": expect.any(String) });
  });

  it("leaves nothing when git fails", async () => {
    await using repository = await TestRepository.with({});
    repository.gitFails = "fatal: no space";
    expect((await repository.flurry(yes)).code).toBe(1);
    expect(await repository.files()).toEqual({});
  });

  it("asks for what the flags leave open, on a terminal", async () => {
    await using repository = await TestRepository.with({});
    const questions = answering(["web=192.0.2.7 db", undefined, "deploy", "agenix", alice]);
    await repository.flurry(["init", "--ssh-key", sshKey], { questions });
    expect(questions.asked).toHaveLength(5);
    const files = await repository.files();
    expect(files["fleet.yaml"]).toContain("  web: { address: 192.0.2.7 }\n  db: { address: db }\n");
    expect(files["fleet.yaml"]).toContain("deploy: { sshUser: deploy,");
    expect(files["modules/common.nix"]).toContain("users.users.deploy = {");
    expect(files["modules/common.nix"]).toContain('PermitRootLogin = "no";');
    expect(files["secrets.nix"]).toContain(alice);
    expect(files["modules/networking.nix"]).toContain('"age" "secrets" "wireguard-private-key"');
  });

  it("finds the user's own keys, and never a private one", async () => {
    await using repository = await TestRepository.with({
      "home/.ssh/id_ed25519.pub": `${sshKey} me\n`,
      "home/.config/sops/age/keys.txt": `# created: today\n# public key: ${alice}\nAGE-SECRET-KEY-1NOT\n`,
    });
    const HOME = `${repository.directory}/home`;
    await repository.flurry(["init", "fleet", "--yes"], { env: { HOME } });
    expect(await repository.read("fleet/keys/alice.pub")).toBe(`${sshKey} me\n`);
    expect(await repository.read("fleet/fleet.yaml")).toContain(`    alice: ${alice}\n`);
    expect(
      JSON.stringify(Object.entries(await repository.files()).filter(([path]) => path.startsWith("fleet/"))),
    ).not.toContain("SECRET-KEY-1NOT");
  });

  it("says that nobody could log in, and has no secrets without anyone to read them", async () => {
    await using repository = await TestRepository.with({});
    const { err } = await repository.flurry(["init", "--yes"]);
    expect(err).toContain("nobody could log in");
    expect(Object.keys(await repository.files())).not.toContain(".sops.yaml");
  });

  it.each([
    [["--host", "nas=1.2.3"], "is not an IPv4 address"],
    [["--host", "_x=10.0.0.1"], "a host name"],
    [["--host", "a=10.0.0.1", "--host", "b=10.0.0.1"], "b has the address 10.0.0.1 of a"],
    [["--host", "a=10.0.0.1", "--host", "a=10.0.0.2"], "two hosts named a"],
    [["--input", "x"], "NAME=REFERENCE"],
    [["--nixpkgs", "not a ref"], "nixpkgs: "],
    [["--system", "x86-linux"], "defaults.system: "],
    [["--admin", "alice=AGE-SECRET-KEY-1X"], "this is a private key"],
    [["--secrets", "agenix"], "needs someone who can read them"],
    [["--ssh-key", "missing.pub"], "cannot be read"],
    [["--ssh-user", "de ploy"], "defaults.deploy.sshUser: "],
    [["one", "two"], "one directory"],
  ])("refuses %j", async (words, text) => {
    await using repository = await TestRepository.with({});
    const { code, err } = await repository.flurry(["init", "--yes", ...words]);
    expect(err).toContain("error[FLURRY_USAGE]");
    expect(err).toContain(text);
    expect(code).toBe(2);
    expect(await repository.files()).toEqual({});
  });
});

describe("flurry init --from", () => {
  const flake = { "flake.nix": "{ outputs = _: { }; }\n" };
  const profiles = { system: { user: "root" } };
  const deployRs = {
    nixosConfigurations: ["nas", "gateway"],
    deploy: {
      sshUser: "deploy",
      nodes: { nas: { hostname: "10.0.20.10", profiles }, gateway: { hostname: "10.0.20.1", profiles } },
    },
  };

  it("writes a fleet.yaml that means what deploy.nodes say, and touches nothing else", async () => {
    await using repository = await TestRepository.with(flake);
    const { code, out } = await repository.flurry(["init", "--from", "."], { services: fakeNix(deployRs) });
    expect(code).toBe(0);
    expect(out).toContain("fleet.yaml written for 2 hosts: nas, gateway");
    const { "fleet.yaml": text = "", ...rest } = await repository.files();
    expect(rest).toEqual(flake);
    expect(text).toContain("  deploy: { sshUser: deploy, substituteOnDestination: true }\n");
    expect(text).toContain("  nas: { address: 10.0.20.10 }\n");
    expect(repository.git.at(-1)).toBe("add --intent-to-add -- fleet.yaml");
    expect((await repository.flurry(["render"])).out).toContain("hand-written, left alone");
  });

  it("writes one for a repository that has only a hive", async () => {
    await using repository = await TestRepository.with(flake);
    const local = { targetHost: null, allowLocalDeployment: true };
    const token = { source: "keyCommand", keyCommand: ["pass", "token"] };
    const services = fakeNix({
      hasColmena: true,
      hive: { nodes: { nas: { tags: ["storage"], keys: { token } }, laptop: local } },
    });
    const { code, err } = await repository.flurry(["init", "--from", "."], { services });
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining("laptop has no targetHost") });
    const text = await repository.read("fleet.yaml");
    expect(text).toContain("configurations: colmenaHive.nodes\n");
    const read = parseFleetYaml(text, { file: "fleet.yaml" });
    expect(read.ok && read.value.hosts).toMatchObject([{ name: "nas", attrPath: ["colmenaHive", "nodes", "nas"] }]);
    const added = await repository.flurry(["host", "add", "web", "--offline", "--yes"], { services });
    expect(added.err).toContain("flake.nix is hand-written: add web to it yourself");
  });

  it("--dry-run prints it", async () => {
    await using repository = await TestRepository.with(flake);
    const services = fakeNix({ nixosConfigurations: ["nas"] });
    const { out } = await repository.flurry(["init", "--from", ".", "--dry-run"], { services });
    expect(out).toContain("hosts:\n  nas: { address: nas }\n");
    expect(await repository.files()).toEqual(flake);
  });

  it.each([
    [["--from", ".", "--host", "a=b"], { ...flake }, "takes no description of a new fleet", 2],
    [["--from", ".", "elsewhere"], { ...flake }, "takes no description of a new fleet", 2],
    [["--from", "."], { ...flake, "fleet.yaml": "hosts: { nas: {} }\n" }, "has a fleet file already", 1],
    [["--from", "."], { "a.txt": "" }, "FLURRY_FLEET_NOT_FOUND", 3],
  ])("refuses %j in %j", async (words, files, text, exitCode) => {
    await using repository = await TestRepository.with(files);
    const { code, err } = await repository.flurry(["init", ...words], { services: fakeNix(deployRs) });
    expect(err).toContain(text);
    expect(code).toBe(exitCode);
    expect(await repository.files()).toEqual(files);
  });
});
