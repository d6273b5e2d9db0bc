import { describe, expect, it } from "vitest";

import type { Fleet } from "../fleet/fleet.ts";
import { renderIssue } from "../render-issue.ts";
import { readColmena, readColmenaKeys } from "./colmena.ts";

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

  it("takes keys, with Colmena's defaults, in the order of their names", () => {
    const [host] = fleetOf(
      web({
        keys: {
          token: { source: "keyCommand", keyCommand: ["pass", "show", "token"] },
          cert: {
            name: "cert.pem",
            source: "keyFile",
            keyFile: "/root/cert.pem",
            destDir: "/var/keys/",
            user: "nginx",
            group: "keys",
            permissions: "0640",
            uploadAt: "post-activation",
          },
          word: { source: "text", path: "/elsewhere/word" },
        },
      }),
    ).hosts;
    const plain = { user: "root", group: "root", mode: "0600", uploadAt: "pre-activation" };
    expect(host?.keys).toEqual([
      {
        name: "cert",
        path: "/var/keys/cert.pem",
        source: { kind: "file", path: "/root/cert.pem" },
        user: "nginx",
        group: "keys",
        mode: "0640",
        uploadAt: "post-activation",
      },
      {
        name: "token",
        path: "/run/keys/token",
        source: { kind: "command", words: ["pass", "show", "token"] },
        ...plain,
      },
      { name: "word", path: "/elsewhere/word", source: { kind: "text" }, ...plain },
    ]);
  });

  it("tells the keys alone, of nodes without ssh too", () => {
    const read = readColmenaKeys(web({ targetHost: null, keys: { a: { source: "text" } } }));
    if (!read.ok) throw new Error("the hive is right");
    expect([...read.value].map(([name, keys]) => [name, keys.map(({ path }) => path)])).toEqual([
      ["web", ["/run/keys/a"]],
    ]);
    expect(read.warnings.map(({ code }) => code)).toEqual(["readable-key"]);
    expect(readColmenaKeys(web({ keys: { a: { source: "text", destDir: "x" } } })).ok).toBe(false);
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
        ...web({ allowLocalDeployment: true, taregtHost: "x" }),
      },
      [
        "flake.nix colmena.meta.nixpkgsPath: warning: unknown key (expected name, description, machinesFile or allowApplyAll)",
        "flake.nix colmena.meta.machinesFile: warning: the file of remote builders is not used (give it to Nix: --builders @/etc/nix/machines, or builders in nix.conf)",
        'flake.nix colmena.web.deployment.taregtHost: warning: unknown key (did you mean "targetHost"?)',
      ],
    ],
    [
      "keys that everybody may read, and what it does not know of them",
      web({
        keys: {
          a: { source: "text", mode: "1" },
          b: { source: "keyFile", keyFile: "/nix/store/x-source/b" },
          c: { source: "keyFile", keyFile: "/root/c" },
          d: { source: "keyCommand", keyCommand: ["pass", "d"] },
        },
      }),
      [
        "flake.nix colmena.web.deployment.keys.a.mode: warning: unknown key (expected name, source, keyFile, keyCommand, destDir, path, user, group, permissions or uploadAt)",
        "flake.nix colmena.web.deployment.keys: warning: whoever may use this machine can read these keys in its Nix store: a, b (take keyCommand, or the path of a file outside of the flake as a text)",
      ],
    ],
    [
      "hostile keys",
      web({
        keys: {
          "../up": { source: "text" },
          a: { source: "text", name: "a\nb" },
          b: { source: "text", destDir: "keys" },
          c: { source: "text", path: "/run/keys/../../etc/shadow" },
          d: { source: "text", path: "/nix/store/d" },
          e: { source: "text", user: "-R", group: "a:b", permissions: "u+s", uploadAt: "now" },
          f: { source: null },
          g: { source: "keyCommand", keyCommand: [] },
          h: { source: "keyFile", keyFile: "" },
        },
      }),
      [
        'flake.nix colmena.web.deployment.keys."../up": "../up" is not the name of a key (it is a file in destDir: give it a name alone)',
        String.raw`flake.nix colmena.web.deployment.keys.a.name: "a\nb" is not the name of a key (it is a file in destDir: give it a name alone)`,
        'flake.nix colmena.web.deployment.keys.b.destDir: "keys" is not a directory that keys can be in (for example /run/keys)',
        'flake.nix colmena.web.deployment.keys.c.path: "/run/keys/../../etc/shadow" is not a path of a host (write it from / on, without . and .. in it)',
        'flake.nix colmena.web.deployment.keys.d.path: "/nix/store/d" is in the Nix store, which everybody may read (use /run/keys)',
        'flake.nix colmena.web.deployment.keys.e.user: "-R" is neither the name of a user or group nor a number',
        'flake.nix colmena.web.deployment.keys.e.group: "a:b" is neither the name of a user or group nor a number',
        'flake.nix colmena.web.deployment.keys.e.permissions: "u+s" is not a mode (write three or four octal digits: "0600")',
        'flake.nix colmena.web.deployment.keys.e.uploadAt: "now" is not one of pre-activation, post-activation',
        "flake.nix colmena.web.deployment.keys.f.source: expected text, keyFile or keyCommand, got nothing (give it a value or remove the key)",
        "flake.nix colmena.web.deployment.keys.g.keyCommand[0]: missing (expected a text)",
        'flake.nix colmena.web.deployment.keys.h.keyFile: "" is not the path of a file',
      ],
    ],
    [
      "two keys of one path",
      web({ keys: { a: { source: "text" }, b: { source: "text", name: "a" } } }),
      [
        "flake.nix colmena.web.deployment.keys.b: a is brought to /run/keys/a as well (give one of them another name or destDir)",
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
