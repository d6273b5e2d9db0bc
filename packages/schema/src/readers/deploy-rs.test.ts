import { describe, expect, it } from "vitest";

import type { Host } from "../fleet/host.ts";
import { renderIssue } from "../render-issue.ts";
import { readDeployRs } from "./deploy-rs.ts";

const nixosConfigurations = ["nas", "compute"];

function hostsOf(deploy: unknown): readonly Host[] {
  const read = readDeployRs(deploy, { nixosConfigurations });
  if (!read.ok) throw new Error(read.issues.map(renderIssue).join("\n"));
  return read.value.hosts;
}

function linesOf(deploy: unknown): readonly string[] {
  const read = readDeployRs(deploy, { nixosConfigurations, file: "flake.nix" });
  return (read.ok ? read.warnings : read.issues).map(renderIssue);
}

/** A node with one profile, both with further keys. */
function nas(node: object = {}, system: object = {}): object {
  return { nodes: { nas: { hostname: "10.0.20.10", profiles: { system: { user: "root", ...system } }, ...node } } };
}

describe("readDeployRs", () => {
  it("takes deploy-rs' defaults, except for timeouts", () => {
    const read = readDeployRs(nas(), { nixosConfigurations, file: "flake.nix" });
    expect(read).toMatchObject({ ok: true, warnings: [], value: { source: { kind: "deploy-rs", file: "flake.nix" } } });
    expect(hostsOf(nas())).toEqual([
      {
        name: "nas",
        addresses: ["10.0.20.10"],
        tags: [],
        attrPath: ["nixosConfigurations", "nas"],
        modules: [],
        hostKeys: [],
        deploy: {
          sshUser: undefined,
          user: "root",
          sshOptions: [],
          identityFiles: [],
          confirmTimeoutMs: 240_000,
          activationTimeoutMs: 600_000,
          substituteOnDestination: true,
          magicRollback: true,
          autoRollback: true,
          unitFailurePolicy: "degraded",
          unreachable: "fail",
          checkSignatures: false,
          buildOn: { kind: "local" },
          lostContact: "auto",
          confirmVia: [],
          askSudoPassword: false,
          sudo: ["sudo", "-n", "--"],
        },
        health: [],
      },
    ]);
  });

  it("lets the profile win over the node and the node over deploy, and joins sshOpts in this order", () => {
    const deploy = {
      sshUser: "a",
      confirmTimeout: 10,
      activationTimeout: 20,
      fastConnection: false,
      sshOpts: ["-p", "22"],
      autoRollback: false,
      ...nas(
        { sshUser: "b", confirmTimeout: 30, fastConnection: true, sshOpts: ["-A"], magicRollback: null },
        { sshUser: "c", sshOpts: ["-v"], activationTimeout: null },
      ),
    };
    expect(hostsOf(deploy)[0]?.deploy).toMatchObject({
      sshUser: "c",
      confirmTimeoutMs: 30_000,
      activationTimeoutMs: 20_000,
      substituteOnDestination: false,
      sshOptions: ["-v", "-A", "-p", "22"],
      autoRollback: false,
      magicRollback: true,
    });
  });

  it.each([
    [{ user: "root" }, "root", ["sudo", "-n", "--"]],
    [{ user: "root", sudo: "sudo -u" }, "root", ["sudo", "-n", "--"]],
    [{ user: "root", sudo: "doas -u" }, "root", ["doas", "-u", "root"]],
    [{ user: null, sshUser: "root" }, "root", ["sudo", "-n", "--"]],
    [{ user: "svc", sshUser: "root" }, "svc", ["sudo", "-n", "-u", "svc", "--"]],
  ])("%j activates as %s", (system, user, sudo) =>
    expect(hostsOf(nas({}, system))[0]?.deploy).toMatchObject({ user, sudo }),
  );

  it("takes profiles beside the system in the order of profilesOrder, each with what the levels say of it", () => {
    const deploy = {
      sshUser: "deploy",
      activationTimeout: 60,
      ...nas({
        autoRollback: false,
        profilesOrder: ["early", "early", "system", "zoo"],
        profiles: {
          alpha: { sshUser: "alice" },
          zoo: { user: "bob", profilePath: "/home/bob/.local/state/nix/profiles/zoo", autoRollback: true },
          system: { user: "root" },
          early: { user: "root", magicRollback: false, activationTimeout: 5 },
        },
      }),
    };
    const shared = { autoRollback: false, magicRollback: true, activationTimeoutMs: 60_000 };
    const attrPath = (name: string): readonly string[] => ["deploy", "nodes", "nas", "profiles", name, "path"];
    const more = { phase: "before", user: "root", magicRollback: false, activationTimeoutMs: 5000 };
    expect(hostsOf(deploy)[0]?.profiles).toEqual([
      { ...shared, name: "early", attrPath: attrPath("early"), ...more },
      {
        ...shared,
        name: "zoo",
        attrPath: attrPath("zoo"),
        phase: "after",
        user: "bob",
        autoRollback: true,
        profilePath: "/home/bob/.local/state/nix/profiles/zoo",
      },
      { ...shared, name: "alpha", attrPath: attrPath("alpha"), phase: "after", user: "alice" },
    ]);
  });

  it("leaves the system of a node alone that has other profiles only", () => {
    const [host] = hostsOf({ nodes: { pi: { hostname: "pi", profiles: { home: { user: "alice" } } } } });
    expect(host).toMatchObject({ name: "pi", keepsSystem: true, deploy: { user: "root" } });
    expect(host?.profiles).toMatchObject([{ name: "home", user: "alice", phase: "after" }]);
  });

  it.each([
    [
      "a node without a configuration",
      { nodes: { nsa: { hostname: "n", profiles: { system: {} } } } },
      [
        'flake.nix deploy.nodes.nsa: the flake has no nixosConfigurations.nsa (did you mean "nas"?)',
        'flake.nix deploy.nodes.nsa: warning: neither user nor sshUser is set: the system is activated as root (set user = "root")',
      ],
    ],
    [
      "a hostile host name",
      nas({ hostname: "-oProxyCommand=x" }),
      [
        'flake.nix deploy.nodes.nas.hostname: "-oProxyCommand=x" is not an address (write an IP address, a DNS name or a Host alias of ssh_config)',
      ],
    ],
    [
      "a hostile node name",
      { nodes: { "-x": { hostname: "n", profiles: {} } } },
      [
        'flake.nix deploy.nodes.-x: "-x" is not a host name (use letters, digits, dots, dashes and underscores, beginning with a letter or a digit)',
      ],
    ],
    [
      "no hostname",
      { nodes: { nas: { profiles: {} } } },
      ["flake.nix deploy.nodes.nas.hostname: missing (expected a text)"],
    ],
    [
      "wrong types",
      nas({ confirmTimeout: "30", sshOpts: "-p 22" }),
      [
        "flake.nix deploy.nodes.nas.sshOpts: expected a list, got a text (put it in brackets: [...])",
        "flake.nix deploy.nodes.nas.confirmTimeout: expected a number, got a text (leave the quotes away)",
      ],
    ],
    [
      "a timeout that is too long",
      nas({ confirmTimeout: 70_000 }),
      ["flake.nix deploy.nodes.nas.confirmTimeout: expected at most 65535, got 70000"],
    ],
    [
      "a sudo for a shell",
      nas({ sudo: "sudo -u $USER" }),
      [
        'flake.nix deploy.nodes.nas.sudo: "sudo -u $USER" is not a plain command (write words without shell characters, for example sudo -u)',
      ],
    ],
    ["no nodes", {}, ["flake.nix deploy.nodes: missing (expected a mapping)"]],
    ["something else", null, ["flake.nix deploy: expected a mapping, got nothing (give it a value or remove the key)"]],
    [
      "an unknown key",
      nas({ hostnam: "x" }, { pth: "x" }),
      [
        'flake.nix deploy.nodes.nas.hostnam: warning: unknown key (did you mean "hostname"?)',
        'flake.nix deploy.nodes.nas.profiles.system.pth: warning: unknown key (did you mean "path"?)',
      ],
    ],
    [
      "a node without profiles",
      nas({ profiles: {} }),
      [
        "flake.nix deploy.nodes.nas: warning: the node has no profiles and is not deployed (give it the profile system, or another one)",
      ],
    ],
    [
      "profilesOrder that names no profile",
      nas({ profilesOrder: ["sistem", "system"] }),
      [
        'flake.nix deploy.nodes.nas.profilesOrder: profilesOrder names the profile "sistem", which the node does not have (did you mean "system"?)',
      ],
    ],
    [
      "a profile that nobody owns",
      nas({ profiles: { system: { user: "root" }, home: {} } }),
      [
        "flake.nix deploy.nodes.nas.profiles.home: neither user nor sshUser is set: nobody owns the profile (set its user)",
      ],
    ],
    [
      "hostile profiles",
      nas({
        profiles: {
          system: { user: "root" },
          "$(id)": { user: "alice" },
          "../up": { user: "alice" },
          a: { user: "alice", profilePath: "/tmp/../etc/passwd" },
          b: { user: "alice", profilePath: "/home/al ice;id" },
          c: { user: "alice", profilePath: "relative" },
        },
      }),
      [
        'flake.nix deploy.nodes.nas.profiles."$(id)": "$(id)" is not the name of a profile (use letters, digits, dots, dashes and underscores, beginning with a letter or a digit)',
        'flake.nix deploy.nodes.nas.profiles."../up": "../up" is not the name of a profile (use letters, digits, dots, dashes and underscores, beginning with a letter or a digit)',
        ...[
          ["a", "/tmp/../etc/passwd"],
          ["b", "/home/al ice;id"],
          ["c", "relative"],
        ].map(
          ([name, path]) =>
            `flake.nix deploy.nodes.nas.profiles.${name}.profilePath: "${path}" is not the path of a profile (write an absolute path of letters, digits, dots and dashes, for example /nix/var/nix/profiles/per-user/alice/notes)`,
        ),
      ],
    ],
    [
      "a hostile user of a profile",
      nas({ profiles: { system: { user: "root" }, home: { user: "-u root" } } }),
      [
        'flake.nix deploy.nodes.nas.profiles.home.user: "-u root" is not a user name (use letters, digits, dots, dashes and underscores, not beginning with a dash)',
      ],
    ],
    [
      "a user who cannot activate a system",
      nas({}, { user: null, sshUser: "deploy" }),
      [
        'flake.nix deploy.nodes.nas: warning: the system is to be activated as deploy, which only root can do (set user = "root")',
      ],
    ],
  ])("says what is wrong with %s", (_, deploy, lines) => expect(linesOf(deploy)).toEqual(lines));
});
