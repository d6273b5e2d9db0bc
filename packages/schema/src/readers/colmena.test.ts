import { describe, expect, it } from "vitest";

import type { Fleet } from "../fleet/fleet.ts";
import { renderIssue } from "../render-issue.ts";
import { readColmena } from "./colmena.ts";

function fleetOf(hive: unknown): Fleet {
  const read = readColmena(hive);
  if (!read.ok) throw new Error(read.issues.map(renderIssue).join("\n"));
  return read.value;
}

function linesOf(hive: unknown): readonly string[] {
  const read = readColmena(hive, { file: "flake.nix" });
  return (read.ok ? read.warnings : read.issues).map(renderIssue);
}

const web = (deployment: object): object => ({ nodes: { web: deployment } });

/** A node as a hive exports it, with nothing said. */
const plain = {
  targetHost: "web",
  targetPort: null,
  targetUser: "root",
  allowLocalDeployment: false,
  buildOnTarget: false,
  tags: [],
  keys: {},
  replaceUnknownProfiles: true,
  privilegeEscalationCommand: ["sudo", "-H", "--"],
  sshOptions: [],
};

describe("readColmena", () => {
  it("takes Colmena's defaults", () => {
    const meta = { name: "hive", description: "A Colmena Hive", machinesFile: null, allowApplyAll: true };
    const read = readColmena({ meta, ...web(plain) }, { file: "flake.nix" });
    expect(read).toMatchObject({ ok: true, warnings: [] });
    const fleet = fleetOf({ meta, ...web(plain) });
    expect(fleet.description).toBeUndefined();
    expect(fleet.mustSelect).toBeUndefined();
    expect(fleet.hosts).toEqual([
      {
        name: "web",
        addresses: ["web"],
        tags: [],
        attrPath: ["colmenaHive", "nodes", "web"],
        modules: [],
        hostKeys: [],
        deploy: {
          sshUser: "root",
          user: "root",
          sshOptions: [],
          identityFiles: [],
          hostKeyPolicy: "accept-new",
          confirmTimeoutMs: 240_000,
          activationTimeoutMs: 600_000,
          substituteOnDestination: true,
          magicRollback: true,
          autoRollback: true,
          unitFailurePolicy: "degraded",
          unreachable: "fail",
          checkSignatures: false,
          lostContact: "auto",
          confirmVia: [],
          askSudoPassword: false,
          buildOn: { kind: "local" },
          sudo: ["sudo", "-n", "--"],
        },
        health: [],
      },
    ]);
  });

  it("takes what a node says", () => {
    const [host] = fleetOf(
      web({
        targetHost: "[2001:db8::1]",
        targetPort: 2222,
        targetUser: null,
        tags: ["edge", "edge", "dmz"],
        privilegeEscalationCommand: ["doas"],
        sshOptions: ["-A"],
        buildOnTarget: true,
      }),
    ).hosts;
    expect(host).toMatchObject({ addresses: ["2001:db8::1"], tags: ["edge", "dmz"] });
    expect(host?.deploy).toMatchObject({ sshUser: undefined, sshPort: 2222, sudo: ["doas"], sshOptions: ["-A"] });
  });

  it("takes what meta says", () => {
    const fleet = fleetOf({ meta: { description: "Mine", allowApplyAll: false }, ...web({}) });
    expect(fleet).toMatchObject({ description: "Mine", mustSelect: true, source: { kind: "colmena" } });
  });

  it("keeps apart a node without ssh that may deploy itself", () => {
    const { hosts, localHosts } = fleetOf(web({ targetHost: null, allowLocalDeployment: true }));
    expect({ hosts, localHosts }).toMatchObject({
      hosts: [],
      localHosts: [{ name: "web", addresses: ["web"], attrPath: ["colmenaHive", "nodes", "web"] }],
    });
    expect(fleetOf(web({ allowLocalDeployment: true }))).not.toHaveProperty("localHosts");
  });

  it.each([
    [
      "a node without ssh",
      web({ targetHost: null }),
      [
        "flake.nix colmena.web.deployment.targetHost: warning: the node has no targetHost and is not deployed (give it a targetHost, or allowLocalDeployment to deploy it on itself with flurry deploy --local)",
      ],
    ],
    [
      "all that is not followed",
      {
        meta: { machinesFile: "/etc/nix/machines", nixpkgsPath: 1 },
        ...web({ allowLocalDeployment: true, replaceUnknownProfiles: false, taregtHost: "x" }),
      },
      [
        "flake.nix colmena.meta.nixpkgsPath: warning: unknown key (expected name, description, machinesFile or allowApplyAll)",
        "flake.nix colmena.meta.machinesFile: warning: the file of remote builders is not used (give it to Nix: --builders @/etc/nix/machines, or builders in nix.conf)",
        'flake.nix colmena.web.deployment.taregtHost: warning: unknown key (did you mean "targetHost"?)',
        "flake.nix colmena.web.deployment.replaceUnknownProfiles: warning: not followed: a system that is not known here is replaced (look at flurry status before you deploy)",
      ],
    ],
    [
      "keys, without a word of what is in them",
      web({ keys: { a: { source: "text", mode: "1" }, b: {}, c: {}, d: {}, e: {} } }),
      [
        "flake.nix colmena.web.deployment.keys.a.mode: warning: unknown key (expected name, source, keyFile, keyCommand, destDir, path, user, group, permissions or uploadAt)",
        "flake.nix colmena.web.deployment.keys: warning: the keys are not uploaded: a, b, c and 2 more (upload them with colmena upload-keys, or move them to sops-nix or agenix and flurry secrets)",
      ],
    ],
    [
      "a tag that no selector could name",
      web({ tags: ["two words"] }),
      [
        'flake.nix colmena.web.deployment.tags: warning: the tag is left out: "two words" is not a tag (use letters, digits, dots, dashes and underscores, beginning with a letter or a digit)',
      ],
    ],
    [
      "a hostile address",
      web({ targetHost: "-oProxyCommand=x" }),
      [
        'flake.nix colmena.web.deployment.targetHost: "-oProxyCommand=x" is not an address (write an IP address, a DNS name or a Host alias of ssh_config)',
      ],
    ],
    [
      "a hostile node name",
      { nodes: { "-x": plain } },
      [
        'flake.nix colmena.-x: "-x" is not a host name (use letters, digits, dots, dashes and underscores, beginning with a letter or a digit)',
      ],
    ],
    [
      "wrong types",
      web({ targetPort: 70_000, sshOptions: ["a\nb"], tags: "x" }),
      [
        "flake.nix colmena.web.deployment.targetPort: expected at most 65535, got 70000",
        "flake.nix colmena.web.deployment.tags: expected a list, got a text (put it in brackets: [...])",
        String.raw`flake.nix colmena.web.deployment.sshOptions[0]: "a\nb" has control characters`,
      ],
    ],
    ["no nodes", { meta: {} }, ["flake.nix colmena.nodes: missing (expected a mapping)"]],
  ])("tells %s", (_, hive, lines) => expect(linesOf(hive)).toEqual(lines));
});
