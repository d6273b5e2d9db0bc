import { readFile } from "node:fs/promises";

import { FlurryError } from "@flurry/core";
import { ageOpener, ageWrapper, encryptSops, parseSops, sshToAgeRecipient, unlockSops } from "@flurry/secrets";
import type { FetchedHostKey } from "@flurry/ssh";
import { describe, expect, it } from "vitest";

import { TestRepository } from "../../tests/support/repository.ts";
import { factMark } from "../host/facts-script.ts";
import type { Services } from "../services.ts";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBdiCW7/uByXc2k6tdWEGuqz6g++TPs6X6q25Sxnjyw8";
const shown: FetchedHostKey = { address: "10.0.20.13", line: key, fingerprint: "SHA256:abc", known: "new" };

const fleetYaml = `# my fleet
nixpkgs: github:NixOS/nixpkgs/nixos-24.11
defaults: { system: x86_64-linux, deploy: { sshUser: deploy } }
hosts:
  nas: { address: 10.0.20.10 } # in the attic
`;
const files = {
  "fleet.yaml": fleetYaml,
  "hosts/nas/default.nix": "{ }\n",
  "modules/docker-host.nix": "{ }\n",
};

/** What a machine prints for the script of facts. */
function facts(answers: Readonly<Record<string, string>>): string {
  return Object.entries({ ...answers, end: "" })
    .map(([name, text]) => `\n${factMark}${name}==\n${text}\n`)
    .join("");
}

const machine = facts({
  machine: "aarch64",
  firmware: "uefi",
  vendor: "LENOVO",
  product: "20QD00LKGE",
  version: "ThinkPad X1 Carbon 7th",
  release: "24.05.20240901.abc (Uakari)",
  addresses: JSON.stringify([
    { ifname: "lo", addr_info: [{ family: "inet", local: "127.0.0.1", prefixlen: 8 }] },
    { ifname: "enp1s0", addr_info: [{ family: "inet", local: "10.0.20.13", prefixlen: 24 }] },
  ]),
  routes: JSON.stringify([{ dst: "default", gateway: "10.0.20.1", dev: "enp1s0" }]),
  hardware: '# Do not modify this file!\n{ fileSystems."/".device = "/dev/x"; }',
});

/** A machine that shows a key and tells of itself. */
function reachable(told = machine, fetched: FetchedHostKey = shown): Partial<Services> {
  return { fetchHostKey: async () => fetched, askHost: async () => told };
}

const unreachable: Partial<Services> = {
  fetchHostKey: async () => {
    throw new FlurryError("FLURRY_SSH_UNREACHABLE", "media: nothing listens there");
  },
};

const addMedia = ["host", "add", "media", "--address", "10.0.20.13"];

describe("flurry host add", () => {
  it("pins the key, reads the machine, writes it down and renders", async () => {
    await using repository = await TestRepository.with(files);
    const words = [...addMedia, "--tag", "apps", "--module", "docker-host", "--yes"];
    const { code, out, err } = await repository.flurry(words, { services: reachable() });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatchInlineSnapshot(`
      "media at 10.0.20.13 is part of the fleet
        key       SHA256:abc as it shows it
        hardware  read from the machine by nixos-generate-config
        profile   nixos-hardware has lenovo-thinkpad-x1-7th-gen
        files     fleet.yaml hosts/media/default.nix hosts/media/hardware.nix flake.nix

      Next: flurry deploy media
      "
    `);
    expect(await repository.read("fleet.yaml")).toBe(`${fleetYaml}  media:
    address: 10.0.20.13
    tags: [apps]
    modules: [docker-host]
    system: aarch64-linux
    hostKey: ${key}
`);
    const module = await repository.read("hosts/media/default.nix");
    expect(module).toContain("boot.loader.systemd-boot");
    expect(module).toContain(
      'interfaces.enp1s0.ipv4.addresses = [\n      {\n        address = "10.0.20.13";\n        prefixLength = 24;',
    );
    expect(module).toContain('defaultGateway = "10.0.20.1";');
    expect(module).toContain("# inputs.nixos-hardware.nixosModules.lenovo-thinkpad-x1-7th-gen");
    expect(module).toContain('system.stateVersion = "24.05";');
    expect(await repository.read("hosts/media/hardware.nix")).toContain('/dev/x"; }\n');
    expect(await repository.read("flake.nix")).toContain("./hosts/media");
    expect(repository.git.at(-1)).toBe(
      "add --intent-to-add -- fleet.yaml hosts/media/default.nix hosts/media/hardware.nix flake.nix",
    );
    expect((await repository.flurry(["render", "--check"])).code).toBe(0);
  });

  it("adds a machine that is off with a placeholder, and says so; with --scan it does not", async () => {
    await using repository = await TestRepository.with(files);
    expect((await repository.flurry([...addMedia, "--scan", "--yes"], { services: unreachable })).code).toBe(6);
    expect(await repository.files()).toEqual(files);
    const { code, out, err } = await repository.flurry([...addMedia, "--yes"], { services: unreachable });
    expect(code).toBe(0);
    expect(err).toContain("nothing listens there; its key is not pinned");
    expect(out).toContain("a placeholder: see hosts/media/hardware.nix");
    expect(await repository.read("fleet.yaml")).toBe(`${fleetYaml}  media: { address: 10.0.20.13 }\n`);
  });

  it("--offline connects to nothing, --key pins what is given", async () => {
    await using repository = await TestRepository.with(files);
    const { code } = await repository.flurry([...addMedia, "--offline", "--key", `${key} root@media`]);
    expect(code).toBe(0);
    expect(await repository.read("fleet.yaml")).toContain(`hostKey: ${key}\n`);
  });

  it("asks a person whether the key is right", async () => {
    await using repository = await TestRepository.with(files);
    const nobody = await repository.flurry(addMedia, { services: reachable() });
    expect(nobody.code).toBe(2);
    expect(nobody.err).toContain("SHA256:abc, and nobody is here to say whether it is right");
    const no = await repository.flurry(addMedia, { services: reachable(), answers: ["no"] });
    expect(no.err).toContain("the key is not the host's");
    expect(await repository.files()).toEqual(files);
    expect((await repository.flurry(addMedia, { services: reachable(), answers: ["yes"] })).code).toBe(0);
  });

  it("asks nobody where known_hosts has the key, and never takes another one", async () => {
    await using repository = await TestRepository.with(files);
    const changed = { services: reachable(machine, { ...shown, known: "changed" }) };
    expect((await repository.flurry([...addMedia, "--yes"], changed)).err).toContain("FLURRY_SSH_HOST_KEY_CHANGED");
    expect(await repository.files()).toEqual(files);
    const trusted = { services: reachable(machine, { ...shown, known: "trusted" }) };
    expect((await repository.flurry(addMedia, trusted)).out).toContain("as known_hosts has it");
  });

  it("goes on with a placeholder when the machine lets nobody in", async () => {
    await using repository = await TestRepository.with(files);
    const askHost: Services["askHost"] = async () => {
      throw new FlurryError("FLURRY_SSH_AUTH_FAILED", "media took none of the keys");
    };
    const { code, err } = await repository.flurry([...addMedia, "--yes"], { services: { ...reachable(), askHost } });
    expect(code).toBe(0);
    expect(err).toContain("took none of the keys; its hardware was not read");
  });

  it.each<[string, readonly string[], string, number]>([
    ["a name that is taken", ["host", "add", "nas", "--address", "10.9.9.9"], "has a host nas already", 1],
    ["an address that is taken", ["host", "add", "x", "--address", "10.0.20.10"], "nas has the address 10.0.20.10", 1],
    ["no address", ["host", "add", "x", "--address", "10.0.20"], "is not an IPv4 address", 2],
    ["no name", ["host", "add"], "needs the name of a host", 2],
    ["two names", ["host", "add", "a", "b"], "one host at a time", 2],
    ["no host name", ["host", "add", "a b"], "not a host name", 2],
    ["a module that is not there", ["host", "add", "x", "--module", "docker-hots"], "did you mean docker-host?", 2],
    [
      "a private key",
      ["host", "add", "x", "--offline", "--key", "-----BEGIN OPENSSH PRIVATE KEY-----"],
      "private key",
      2,
    ],
    ["an action that is none", ["host", "ad"], "did you mean flurry host add?", 2],
    ["a flag of another action", ["host", "rm", "nas", "--ssh-user", "x"], "--ssh-user belongs to flurry host add", 2],
    ["what contradicts itself", ["host", "add", "x", "--offline", "--scan"], "exclude each other", 2],
    ["an unknown host", ["host", "rm", "nsa", "--yes"], "did you mean nas?", 2],
    ["a removal that nobody confirms", ["host", "rm", "nas"], "nobody is here to say", 2],
  ])("refuses %s", async (_, words, text, exitCode) => {
    await using repository = await TestRepository.with(files);
    const { code, err } = await repository.flurry(words);
    expect(err).toContain(text);
    expect(code).toBe(exitCode);
    expect(await repository.files()).toEqual(files);
  });

  it("does nothing at all when a generated file was edited, or git fails", async () => {
    await using repository = await TestRepository.with(files);
    await repository.flurry(["render"]);
    const rendered = await repository.files();
    repository.gitFails = "fatal: index.lock";
    const failed = await repository.flurry([...addMedia, "--yes"], { services: reachable() });
    expect(failed.err).toContain("index.lock");
    expect(await repository.files()).toEqual(rendered);
    repository.gitFails = undefined;
    await repository.write("flake.nix", `${rendered["flake.nix"]}# mine\n`);
    const edited = await repository.flurry([...addMedia, "--yes"], { services: reachable() });
    expect(edited.err).toContain("FLURRY_RENDER_EDITED");
    expect(await repository.read("fleet.yaml")).toBe(fleetYaml);
  });

  it("leaves a hand-written flake alone and says what is missing there", async () => {
    await using repository = await TestRepository.with({ ...files, "flake.nix": "{ outputs = _: { }; }\n" });
    const { code, err } = await repository.flurry([...addMedia, "--yes"], { services: reachable() });
    expect(code).toBe(0);
    expect(err).toContain("flake.nix is hand-written: add media to it yourself");
  });

  it("says what to do for secrets that the fleet file knows nothing of", async () => {
    await using repository = await TestRepository.with({ ...files, ".sops.yaml": "creation_rules: []\n" });
    const { err } = await repository.flurry([...addMedia, "--yes"], { services: reachable() });
    expect(err).toContain(".sops.yaml says who reads which secret, not the fleet file: flurry secrets add-host media");
  });

  it("--dry-run writes nothing", async () => {
    await using repository = await TestRepository.with(files);
    const { out } = await repository.flurry([...addMedia, "--dry-run"], { services: reachable() });
    expect(out).toContain("media at 10.0.20.13 would be part of the fleet");
    expect(await repository.files()).toEqual(files);
  });

  it("cannot change a program", async () => {
    const { "fleet.yaml": _, ...rest } = files;
    await using repository = await TestRepository.with({
      ...rest,
      "fleet.config.mjs": "export default { hosts: { nas: {} } };\n",
    });
    expect((await repository.flurry([...addMedia, "--offline"])).err).toContain("FLURRY_EDIT_UNSAFE");
  });
});

describe("flurry host rm and ls", () => {
  it("takes a host out, keeps a copy of its directory, and leaves the rest as it was", async () => {
    await using repository = await TestRepository.with(files);
    await repository.flurry(["render"]);
    const before = await repository.files();
    await repository.flurry([...addMedia, "--yes"], { services: reachable() });
    const { code, err } = await repository.flurry(["host", "rm", "media", "--yes"]);
    expect(code).toBe(0);
    expect(err).toContain("what was in hosts/media is kept in .flurry/replaced/");
    expect(repository.git).toContain(
      "rm --cached --quiet --force --ignore-unmatch -- hosts/media/default.nix hosts/media/hardware.nix",
    );
    const after = Object.entries(await repository.files());
    expect(Object.fromEntries(after.filter(([path]) => !path.startsWith(".flurry/")))).toEqual(before);
  });

  it("lists hosts", async () => {
    await using repository = await TestRepository.with(files);
    expect((await repository.flurry(["host", "ls"])).out).toBe(
      "host  address     key          system\nnas   10.0.20.10  known_hosts  x86_64-linux\n",
    );
    expect(JSON.parse((await repository.flurry(["host", "ls", "--json"])).out)).toMatchObject({
      command: "host ls",
      hosts: [{ host: "nas", addresses: ["10.0.20.10"], keyPinned: false }],
    });
  });
});

describe("the secrets of a host that comes and goes", () => {
  it("are keyed anew for it, and without it, or nothing happens at all", async () => {
    const keys = new URL("../../../../fixtures/vectors/age/keys/", import.meta.url);
    const alice = (await readFile(new URL("x25519.txt", keys), "utf8")).trim().split("\n").at(-1) ?? "";
    const recipient = (await readFile(new URL("x25519.pub", keys), "utf8")).trim();
    const secrets = `secrets: { backend: sops, admins: { alice: ${recipient} }, files: { secrets/all.yaml: { hosts: ["*"] }, secrets/nas.yaml: { hosts: [nas] } } }\n`;
    await using repository = await TestRepository.with({ ...files, "fleet.yaml": fleetYaml + secrets });
    const sealed = await encryptSops(Buffer.from("smb:\n  password: hunter2\n"), {
      format: "yaml",
      groups: [[ageWrapper(recipient)]],
      now: new Date(0),
    });
    await repository.write("secrets/all.yaml", Buffer.from(sealed).toString("utf8"));
    await repository.write("secrets/nas.yaml", Buffer.from(sealed).toString("utf8"));
    await repository.flurry(["render"]);
    const before = await repository.files();

    const failed = await repository.flurry([...addMedia, "--yes"], { services: reachable() });
    expect(failed.err).toContain("FLURRY_REKEY_FAILED");
    expect(await repository.files()).toEqual(before);

    const env = { SOPS_AGE_KEY: alice };
    const added = await repository.flurry([...addMedia, "--yes"], { services: reachable(), env });
    expect(added.out).toContain("secrets/all.yaml keyed anew, for it as well");
    const file = parseSops(Buffer.from(await repository.read("secrets/all.yaml")), { format: "yaml" });
    expect(file.metadata.groups.flat().map(({ id }) => id)).toEqual([recipient, sshToAgeRecipient(key)]);
    await unlockSops(file, [ageOpener([alice])]);
    expect(await repository.read("secrets/nas.yaml")).toBe(before["secrets/nas.yaml"]);
    expect(await repository.read(".sops.yaml")).toContain(sshToAgeRecipient(key));
    expect(await repository.read("secrets/hosts.nix")).toContain('"smb/password".sopsFile = lib.mkDefault ./all.yaml;');

    const removed = await repository.flurry(["host", "rm", "media", "--yes"], { env });
    expect(removed.out).toContain("secrets/all.yaml keyed anew, without it");
    expect(removed.out).toContain("secrets/all.yaml: smb/password");
    const again = parseSops(Buffer.from(await repository.read("secrets/all.yaml")), { format: "yaml" });
    expect(again.metadata.groups.flat().map(({ id }) => id)).toEqual([recipient]);
    const { ["secrets/all.yaml"]: _, ...others } = before;
    expect(await repository.files()).toMatchObject(others);
  });
});
