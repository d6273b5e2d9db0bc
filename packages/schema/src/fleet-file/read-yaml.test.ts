import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { deployDefaults } from "../fleet/deploy-options.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { rolloutDefaults } from "../fleet/rollout.ts";
import { renderIssue } from "../render-issue.ts";
import { parseFleetYaml } from "./read-yaml.ts";

function fleetOf(yaml: string): Fleet {
  const read = parseFleetYaml(yaml, { file: "fleet.yaml" });
  if (!read.ok) throw new Error(read.issues.map(renderIssue).join("\n"));
  return read.value;
}

function warningsOf(yaml: string): readonly string[] {
  const read = parseFleetYaml(yaml, { file: "fleet.yaml" });
  return read.ok ? read.warnings.map(renderIssue) : ["not read"];
}

const homelab = `
description: Homelab infrastructure
nixpkgs: github:NixOS/nixpkgs/nixos-24.11
inputs:
  nixpkgs-unstable: github:NixOS/nixpkgs/nixos-unstable
  sops-nix: { url: github:Mic92/sops-nix, follows: { nixpkgs: nixpkgs } }
defaults:
  system: x86_64-linux
  modules: [common, monitoring]            # modules/common.nix, modules/monitoring.nix
  deploy: { sshUser: deploy, user: root, confirmTimeout: 240s }
hosts:
  nas:     { address: 10.0.20.10, tags: [storage] }
  compute: { address: 10.0.20.11, tags: [apps], modules: [docker-host] }
  gateway: { addresses: [10.0.20.1, gateway.lab.local], tags: [edge], modules: [networking],
             health: [{ http: "http://10.0.20.1/", expect: 200 }] }
secrets:
  backend: sops                            # or agenix
  admins: { alice: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p }
  files:
    secrets/gateway.yaml: { hosts: [gateway] }
    secrets/fleet.yaml:   { hosts: ["*"] }
rollout:
  waves: ["@storage", "*"]
  onFailure: revert-wave
`;

describe("parseFleetYaml", () => {
  it("reads a whole fleet and fills in what it does not say", () => {
    const fleet = fleetOf(homelab);
    expect(warningsOf(homelab)).toEqual([]);
    expect(fleet.source).toEqual({ kind: "fleet-file", file: "fleet.yaml" });
    expect(fleet.inputs[1]).toEqual({
      name: "sops-nix",
      url: "github:Mic92/sops-nix",
      follows: { nixpkgs: "nixpkgs" },
      flake: true,
    });
    expect(fleet.hosts.map((host) => host.name)).toEqual(["nas", "compute", "gateway"]);
    expect(fleet.hosts[2]).toEqual({
      name: "gateway",
      addresses: ["10.0.20.1", "gateway.lab.local"],
      tags: ["edge"],
      attrPath: ["nixosConfigurations", "gateway"],
      system: "x86_64-linux",
      modules: ["common", "monitoring", "networking"],
      hostKeys: [],
      deploy: { ...deployDefaults, sshUser: "deploy" },
      health: [{ kind: "http", url: "http://10.0.20.1/", expectStatus: 200, from: "deployer", timeoutMs: 60_000 }],
    });
    expect(fleet.rollout.waves.map((wave) => wave.name)).toEqual(["@storage", "*"]);
    expect(fleet.rollout.onFailure).toBe("revert-wave");
    expect(fleet.secrets?.files.map((file) => [file.path, file.hosts, file.admins])).toEqual([
      ["secrets/gateway.yaml", ["gateway"], ["alice"]],
      ["secrets/fleet.yaml", ["nas", "compute", "gateway"], ["alice"]],
    ]);
  });

  it("needs nothing but a name of each host", () => {
    const fleet = fleetOf("hosts:\n  nas:\n");
    expect(fleet.hosts).toEqual([
      {
        name: "nas",
        addresses: ["nas"],
        tags: [],
        attrPath: ["nixosConfigurations", "nas"],
        modules: [],
        hostKeys: [],
        deploy: deployDefaults,
        health: [],
      },
    ]);
    expect(fleet.rollout).toEqual(rolloutDefaults);
  });

  it("lets a host override the fleet, key by key, and adds to its lists", () => {
    const fleet = fleetOf(`
defaults:
  tags: [all]
  deploy: { sshUser: deploy, port: 22, sshOptions: [-C], confirmTimeout: 1h30m, sudo: [doas], unreachable: skip }
hosts:
  nas:
    configuration: storage
    tags: [storage, all]
    deploy: { port: 2222, user: admin, sshOptions: [-v], jump: "me@gate:22,[fd00::1]:22", identityFile: ~/.ssh/nas,
              substituteOnDestination: true, magicRollback: false, autoRollback: false, unitFailure: strict,
              unreachable: fail, checkSignatures: true, activationTimeout: 90, hostKeyPolicy: accept-new }
  compute: {}
`);
    const [nas, compute] = fleet.hosts;
    expect(nas?.attrPath).toEqual(["nixosConfigurations", "storage"]);
    expect(nas?.tags).toEqual(["all", "storage"]);
    expect(nas?.deploy).toEqual({
      sshUser: "deploy",
      user: "admin",
      sshPort: 2222,
      sshOptions: ["-C", "-v"],
      identityFiles: ["~/.ssh/nas"],
      jump: "me@gate:22,[fd00::1]:22",
      hostKeyPolicy: "accept-new",
      confirmTimeoutMs: 5_400_000,
      activationTimeoutMs: 90_000,
      substituteOnDestination: true,
      magicRollback: false,
      autoRollback: false,
      unitFailurePolicy: "strict",
      unreachable: "fail",
      checkSignatures: true,
      buildOn: { kind: "local" },
      lostContact: "auto",
      confirmVia: [],
      askSudoPassword: false,
      sudo: ["doas"],
    });
    expect(compute?.deploy.unreachable).toBe("skip");
    expect(compute?.deploy.sshPort).toBe(22);
  });

  it("takes sudo for the user who activates, unless it is told otherwise", () => {
    const fleet = fleetOf(`
hosts:
  a: { deploy: { user: admin } }
  b: { deploy: { user: admin, sudo: "run0  --user=admin" } }
`);
    expect(fleet.hosts.map((host) => host.deploy.sudo)).toEqual([
      ["sudo", "-n", "-u", "admin", "--"],
      ["run0", "--user=admin"],
    ]);
  });

  it("passes the rollout's unreachable on to hosts that do not say it", () => {
    const fleet = fleetOf("rollout: { unreachable: skip }\nhosts: { a: , b: { deploy: { unreachable: fail } } }\n");
    expect(fleet.hosts.map((host) => host.deploy.unreachable)).toEqual(["skip", "fail"]);
  });

  it("reads every kind of health check", () => {
    const fleet = fleetOf(`
hosts:
  nas:
    health:
      - unit: nginx
      - { units: [nginx.service, backup.timer, getty@tty1], timeout: 5m }
      - command: test -e /srv
      - { http: "https://nas.lan/health", expect: 204, from: host, timeout: 10 }
      - tcp: 22
      - tcp: { host: "[fd00::1]", port: 443 }
`);
    expect(fleet.hosts[0]?.health).toEqual([
      { kind: "unit", units: ["nginx.service"], timeoutMs: 60_000 },
      { kind: "unit", units: ["nginx.service", "backup.timer", "getty@tty1.service"], timeoutMs: 300_000 },
      { kind: "command", command: "test -e /srv", timeoutMs: 60_000 },
      { kind: "http", url: "https://nas.lan/health", expectStatus: 204, from: "host", timeoutMs: 10_000 },
      { kind: "tcp", port: 22, timeoutMs: 60_000 },
      { kind: "tcp", host: "fd00::1", port: 443, timeoutMs: 60_000 },
    ]);
  });

  it("reads waves with limits and pauses", () => {
    const { rollout } = fleetOf(`
hosts: { canary: , web-1: , web-2: }
rollout:
  waves: [canary, { hosts: "web-*", parallel: 1, pause: 2m }]
  parallel: { copy: 2 }
`);
    expect(rollout).toEqual({
      waves: [
        { name: "canary", selector: { kind: "host", pattern: "canary" }, pauseMs: 0 },
        { name: "web-*", selector: { kind: "host", pattern: "web-*" }, parallel: 1, pauseMs: 120_000 },
      ],
      parallel: { copy: 2, activate: 10 },
      onFailure: "stop",
      unreachable: "fail",
    });
  });

  it("reads anchors, aliases and merge keys", () => {
    const fleet = fleetOf(`
hosts:
  a: &body { tags: [web], system: aarch64-linux }
  b: *body
  c: { <<: *body, tags: [db] }
`);
    expect(fleet.hosts.map((host) => [host.tags, host.system])).toEqual([
      [["web"], "aarch64-linux"],
      [["web"], "aarch64-linux"],
      [["db"], "aarch64-linux"],
    ]);
  });

  it("takes names that look like numbers and words of YAML as texts", () => {
    expect(fleetOf("hosts: { 0x10: , yes: , null: , 1.50: }\n").hosts.map((host) => host.name)).toEqual([
      "0x10",
      "yes",
      "null",
      "1.50",
    ]);
  });

  it("keeps a host key without its comment", () => {
    const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJiTz2NUHR9jmNsbCIVFOGGhFKTPEQ+Xw4PE3NK8pjX1";
    expect(fleetOf(`hosts: { nas: { hostKey: "${key} root@nas" } }`).hosts[0]?.hostKeys).toEqual([key]);
  });

  it.each([
    [
      "an address that two hosts have",
      "hosts:\n  nas: { address: 10.0.20.10 }\n  compute: { address: 10.0.20.10 }\n",
      "fleet.yaml:3:12 hosts.compute: warning: compute has the address 10.0.20.10 of nas (give each host its own address, or remove one of them)",
    ],
    [
      "hosts that no wave selects",
      'hosts:\n  nas: { tags: [a] }\n  compute: {}\nrollout:\n  waves: ["@a"]\n',
      'fleet.yaml:5:10 rollout.waves: warning: no wave selects compute (they are deployed last; add "*" as the last wave to say so)',
    ],
    [
      "a health check that outlasts the confirmation",
      "hosts:\n  nas:\n    deploy: { confirmTimeout: 30s }\n    health: [{ tcp: 22 }]\n",
      "fleet.yaml:4:14 hosts.nas.health[0]: warning: the check may take 60 s, but the host only waits 30 s (give a shorter timeout, or a longer deploy.confirmTimeout)",
    ],
  ])("warns of %s", (_, yaml, warning) => expect(warningsOf(yaml)).toEqual([warning]));

  it("reads or refuses whatever is typed into a fleet, and knows where each mistake is", () => {
    const typed = fc.constantFrom(
      ..."\n \t:-[]{}&*!|>'\"#,@%?~<x0".split(""),
      "<<: *a",
      "&a ",
      "__proto__: ",
      "- ",
      "\u{fffe}",
    );
    fc.assert(
      fc.property(fc.nat(homelab.length), fc.nat(8), typed, (position, cut, inserted) => {
        const text = homelab.slice(0, position) + inserted + homelab.slice(position + cut);
        const read = parseFleetYaml(text, { file: "fleet.yaml" });
        const found = read.ok ? read.warnings : read.issues;
        expect(found.filter(({ place }) => place?.line === undefined || place.column === undefined)).toEqual([]);
        expect(found.map((issue) => issue.severity).includes("error")).toBe(!read.ok);
      }),
    );
  });
});
