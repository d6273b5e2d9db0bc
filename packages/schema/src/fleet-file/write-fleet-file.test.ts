import { describe, expect, it } from "vitest";

import type { Fleet } from "../fleet/fleet.ts";
import { readColmena } from "../readers/colmena.ts";
import { readDeployRs } from "../readers/deploy-rs.ts";
import { readNixosConfigurations } from "../readers/nixos-configurations.ts";
import { parseFleetYaml } from "./read-yaml.ts";
import { fleetFileText } from "./write-fleet-file.ts";

function deployRs(deploy: object, nixosConfigurations: readonly string[]): Fleet {
  const read = readDeployRs(deploy, { nixosConfigurations, file: "flake.nix" });
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  return read.value;
}

/** The hosts that a text means. */
function hostsIn(text: string): Fleet["hosts"] {
  const read = parseFleetYaml(text, { file: "fleet.yaml" });
  if (!read.ok) throw new Error(`${text}\n${JSON.stringify(read.issues)}`);
  return read.value.hosts;
}

const profiles = { system: { user: "root" } };

describe("a fleet file for a flake", () => {
  it("says once what all hosts have in common, and nothing that holds anyway", () => {
    const fleet = deployRs(
      {
        sshUser: "deploy",
        fastConnection: true,
        nodes: {
          nas: { hostname: "10.0.20.10", profiles },
          gateway: { hostname: "fe80::1%eth0", sshOpts: ["-p", "2222"], magicRollback: false, profiles },
        },
      },
      ["nas", "gateway"],
    );
    const text = fleetFileText(fleet);
    expect(text.split("\n").slice(3).join("\n")).toMatchInlineSnapshot(`
      "defaults:
        deploy: { sshUser: deploy }
      hosts:
        nas: { address: 10.0.20.10 }
        gateway: { address: "fe80::1%eth0", deploy: { sshOptions: ["-p", "2222"], magicRollback: false } }
      "
    `);
    expect(hostsIn(text)).toEqual(fleet.hosts);
  });

  it.each([
    ["a word that YAML would take for something else", { sshUser: "yes" }],
    ["another user with its own sudo", { user: "admin", sudo: "doas -u" }],
    ["timeouts", { confirmTimeout: 30, activationTimeout: 900 }],
    ["many options", { sshOpts: ["-o", "ProxyCommand=nc -x proxy:1080 %h %p", "-i", "~/.ssh/a key"] }],
    ["no rollback", { autoRollback: false, magicRollback: false }],
    ["remote builds", { remoteBuild: true }],
    [
      "further profiles",
      {
        activationTimeout: 50,
        profilesOrder: ["9.early", "system"],
        profiles: {
          ...profiles,
          late: { user: "alice", profilePath: "/home/alice/.local/state/nix/profiles/late", autoRollback: false },
          "9.early": { user: "root", activationTimeout: 5, magicRollback: false },
        },
      },
    ],
  ])("means the same with %s", (_, options) => {
    const fleet = deployRs({ nodes: { nas: { hostname: "nas.lan", profiles, ...options } } }, ["nas"]);
    expect(JSON.stringify(hostsIn(fleetFileText(fleet))[0]?.profiles)).toEqual(
      JSON.stringify(fleet.hosts[0]?.profiles),
    );
    expect(hostsIn(fleetFileText(fleet))).toEqual(fleet.hosts);
  });

  it("says where the systems of a hive are", () => {
    const read = readColmena({ nodes: { nas: {}, "web.lan": { targetHost: "10.0.20.12", targetUser: null } } });
    if (!read.ok) throw new Error(JSON.stringify(read.issues));
    const text = fleetFileText(read.value);
    expect(text.split("\n").slice(3).join("\n")).toMatchInlineSnapshot(`
      "configurations: colmenaHive.nodes
      defaults:
        deploy: { hostKeyPolicy: accept-new, substituteOnDestination: true }
      hosts:
        nas: { address: nas, deploy: { sshUser: root } }
        web.lan: { address: 10.0.20.12 }
      "
    `);
    expect(hostsIn(text)).toEqual(read.value.hosts);
  });

  it("is short for configurations alone", () => {
    const read = readNixosConfigurations(["nas", "a.b"], { file: "flake.nix" });
    const fleet = read.ok ? read.value : undefined;
    expect(fleet && hostsIn(fleetFileText(fleet))).toEqual(fleet?.hosts);
  });
});
