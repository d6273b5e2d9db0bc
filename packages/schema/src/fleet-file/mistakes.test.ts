import { describe, expect, it } from "vitest";

import { mistakes } from "../../tests/support/mistakes.ts";
import type { Mistake } from "../../tests/support/mistakes.ts";

describe("a mistake in fleet.yaml has file, line, column, path, message and hint", () => {
  it.each<Mistake>([
    [
      "a misspelt key of a host",
      "hosts:\n  nas:\n    adress: 10.0.20.10\n",
      `fleet.yaml:3:5 hosts.nas.adress: unknown key (did you mean "address"?)`,
    ],
    [
      "a misspelt key at the top",
      "hots:\n  nas: {}\n",
      "fleet.yaml:1:1 hosts: missing (expected a mapping)",
      `fleet.yaml:1:1 hots: unknown key (did you mean "hosts"?)`,
    ],
    [
      "a key of the right name at the wrong level",
      "hosts:\n  nas:\n    sshUser: deploy\n",
      `fleet.yaml:3:5 hosts.nas.sshUser: unknown key (did you mean "deploy.sshUser"?)`,
    ],
    [
      "a key as another tool calls it",
      "hosts:\n  nas: { hostname: nas.lan }\n",
      `fleet.yaml:2:10 hosts.nas.hostname: unknown key (did you mean "address"?)`,
    ],
    [
      "a deploy key as another tool calls it",
      "hosts:\n  nas: { targetUser: root }\n",
      `fleet.yaml:2:10 hosts.nas.targetUser: unknown key (did you mean "deploy.sshUser"?)`,
    ],
    [
      "a key like nothing we know",
      "hosts:\n  nas: { colour: blue }\n",
      "fleet.yaml:2:10 hosts.nas.colour: unknown key (expected address, addresses, tags, modules, system, configuration, hostKey, hostKeys, deploy, dependsOn, health or profiles)",
    ],
    [
      "systems in no output",
      "configurations: colmenaHive/nodes\nhosts: {}\n",
      `fleet.yaml:1:17 configurations: "colmenaHive/nodes" is not an output of a flake (write names with dots between: nixosConfigurations, or colmenaHive.nodes for the nodes of a Colmena hive)`,
    ],
    [
      "a processor for a system",
      "defaults: { system: x86_64 }\nhosts: {}\n",
      `fleet.yaml:1:21 defaults.system: "x86_64" is not a system that NixOS runs on (did you mean "x86_64-linux"?)`,
    ],
    [
      "a path for a module",
      "defaults: { modules: [./modules/web/nginx.nix] }\nhosts: {}\n",
      `fleet.yaml:1:23 defaults.modules[0]: "./modules/web/nginx.nix" is not the name of a module (did you mean "web/nginx"?)`,
    ],
    [
      "a misspelt deploy key",
      "defaults:\n  deploy:\n    magicRolback: true\nhosts: {}\n",
      `fleet.yaml:3:5 defaults.deploy.magicRolback: unknown key (did you mean "magicRollback"?)`,
    ],
    [
      "a misspelt default",
      "defaults: { sytem: x86_64-linux }\nhosts: {}\n",
      `fleet.yaml:1:13 defaults.sytem: unknown key (did you mean "system"?)`,
    ],
    ["a missing mapping of hosts", "description: empty\n", "fleet.yaml:1:1 hosts: missing (expected a mapping)"],
    [
      "both address and addresses",
      "hosts:\n  nas:\n    address: a\n    addresses: [b]\n",
      "fleet.yaml:3:5 hosts.nas.address: address and addresses are both given (put it into the list addresses)",
    ],
    [
      "both hostKey and hostKeys",
      "hosts:\n  nas:\n    hostKeys: []\n    hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJiTz2NUHR9jmNsbCIVFOGGhFKTPEQ+Xw4PE3NK8pjX1\n",
      "fleet.yaml:4:5 hosts.nas.hostKey: hostKey and hostKeys are both given (put it into the list hostKeys)",
    ],
    [
      "both identityFile and identityFiles",
      "defaults:\n  deploy: { identityFile: a, identityFiles: [b] }\nhosts: {}\n",
      "fleet.yaml:2:13 defaults.deploy.identityFile: identityFile and identityFiles are both given (put it into the list identityFiles)",
    ],
    [
      "a number for a text",
      "description: 24.11\nhosts: {}\n",
      `fleet.yaml:1:14 description: expected a text, got 24.11 (put it in quotes: "24.11")`,
    ],
    [
      "a text for a list",
      "hosts:\n  nas:\n    tags: storage\n",
      "fleet.yaml:3:11 hosts.nas.tags: expected a list, got a text (put it in brackets: [...])",
    ],
    ["a list for a mapping", "hosts: [nas, compute]\n", "fleet.yaml:1:8 hosts: expected a mapping, got a list"],
    ["a text for a host", "hosts:\n  nas: 10.0.20.10\n", "fleet.yaml:2:8 hosts.nas: expected a mapping, got a text"],
    [
      "nothing for a list",
      "hosts:\n  nas:\n    tags:\n    address: nas.lan\n",
      "fleet.yaml:3:5 hosts.nas.tags: expected a list, got nothing (give it a value or remove the key)",
    ],
    [
      "nothing for hosts",
      "hosts:\n",
      "fleet.yaml:1:1 hosts: expected a mapping, got nothing (give it a value or remove the key)",
    ],
    [
      "yes for true",
      "defaults:\n  deploy: { autoRollback: yes }\nhosts: {}\n",
      "fleet.yaml:2:27 defaults.deploy.autoRollback: expected true or false, got a text (write true)",
    ],
    [
      "a quoted port",
      'hosts:\n  nas:\n    deploy: { port: "22" }\n',
      "fleet.yaml:3:21 hosts.nas.deploy.port: expected a number, got a text (leave the quotes away)",
    ],
    [
      "a port that is too large",
      "hosts:\n  nas:\n    deploy: { port: 70000 }\n",
      "fleet.yaml:3:21 hosts.nas.deploy.port: expected at most 65535, got 70000",
    ],
    [
      "a port that is not whole",
      "hosts:\n  nas:\n    deploy: { port: 22.5 }\n",
      "fleet.yaml:3:21 hosts.nas.deploy.port: expected a whole number, got 22.5",
    ],
    [
      "a text for a list of ssh options",
      "hosts:\n  nas:\n    deploy:\n      sshOptions: -p 22\n",
      "fleet.yaml:4:19 hosts.nas.deploy.sshOptions: expected a list, got a text (put it in brackets: [...])",
    ],
    [
      "a number among ssh options",
      "hosts:\n  nas:\n    deploy:\n      sshOptions: [-p, 22]\n",
      `fleet.yaml:4:24 hosts.nas.deploy.sshOptions[1]: expected a text, got 22 (put it in quotes: "22")`,
    ],
    [
      "a misspelt choice",
      "rollout:\n  onFailure: revert-wav\nhosts: {}\n",
      `fleet.yaml:2:14 rollout.onFailure: "revert-wav" is not one of stop, continue, revert-wave, revert-all (did you mean "revert-wave"?)`,
    ],
    [
      "a choice like nothing we know",
      "defaults: { deploy: { unitFailure: shrug } }\nhosts: {}\n",
      `fleet.yaml:1:36 defaults.deploy.unitFailure: "shrug" is not one of strict, degraded, ignore`,
    ],
    [
      "a number for a choice",
      "defaults: { deploy: { hostKeyPolicy: 1 } }\nhosts: {}\n",
      "fleet.yaml:1:38 defaults.deploy.hostKeyPolicy: expected strict or accept-new, got 1",
    ],
    [
      "a duration without sense",
      "defaults:\n  deploy: { confirmTimeout: soon }\nhosts: {}\n",
      `fleet.yaml:2:29 defaults.deploy.confirmTimeout: "soon" is not a duration (write a number of seconds, or numbers with d, h, m or s: 240s, 5m, 1h30m)`,
    ],
    [
      "a duration in milliseconds",
      "defaults:\n  deploy: { confirmTimeout: 500ms }\nhosts: {}\n",
      `fleet.yaml:2:29 defaults.deploy.confirmTimeout: "500ms" is not a duration (a second is the smallest unit: write 1s or more)`,
    ],
    [
      "a duration with a fraction",
      "defaults:\n  deploy: { confirmTimeout: 1.5m }\nhosts: {}\n",
      `fleet.yaml:2:29 defaults.deploy.confirmTimeout: "1.5m" is not a duration (write whole numbers: 1m30s instead of 1.5m)`,
    ],
    [
      "a negative duration",
      "defaults:\n  deploy: { confirmTimeout: -5 }\nhosts: {}\n",
      "fleet.yaml:2:29 defaults.deploy.confirmTimeout: -5 is not a duration (write a number of seconds, or numbers with d, h, m or s: 240s, 5m, 1h30m)",
    ],
    [
      "no time at all",
      "defaults:\n  deploy: { activationTimeout: 0s }\nhosts: {}\n",
      "fleet.yaml:2:32 defaults.deploy.activationTimeout: the duration is shorter than 1s",
    ],
    [
      "a very long time",
      "defaults:\n  deploy: { activationTimeout: 30d }\nhosts: {}\n",
      `fleet.yaml:2:32 defaults.deploy.activationTimeout: "30d" is longer than seven days (write a number of seconds, or numbers with d, h, m or s: 240s, 5m, 1h30m)`,
    ],
    [
      "true for a duration",
      "defaults:\n  deploy: { activationTimeout: true }\nhosts: {}\n",
      "fleet.yaml:2:32 defaults.deploy.activationTimeout: expected a duration such as 240s, 5m or a number of seconds, got true",
    ],
  ])("%s", (_, yaml, ...issues) => expect(mistakes(yaml)).toEqual(issues));

  it('never says "Invalid input"', () => {
    for (const wrong of ["5", "true", "[]", "[5]", "{}", "{ x: 1 }", "text", "~"]) {
      for (const key of [
        "inputs: { a: %s }",
        "rollout: { waves: %s }",
        "rollout: { parallel: %s }",
        "secrets: %s",
        "defaults: { deploy: { sudo: %s } }",
        "hosts: { a: { health: [%s] } }",
        "hosts: { a: { health: [{ tcp: %s }] } }",
      ]) {
        expect(mistakes(key.replace("%s", wrong)).join("\n")).not.toMatch(/invalid input/i);
      }
    }
  });

  it("does not repeat what may be a secret", () => {
    const yaml =
      "hosts: { nas: { hostKey: AGE-SECRET-KEY-1HUNTER2 } }\nsecrets: { backend: sops, admins: { a: hunter2 }, files: {} }\n";
    expect(mistakes(yaml)).toHaveLength(2);
    expect(mistakes(yaml).join("\n")).not.toMatch(/hunter2/i);
  });
});
