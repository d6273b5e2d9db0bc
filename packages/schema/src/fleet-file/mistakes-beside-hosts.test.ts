import { describe, expect, it } from "vitest";

import { mistakes } from "../../tests/support/mistakes.ts";
import type { Mistake } from "../../tests/support/mistakes.ts";

describe("a mistake in the inputs, waves or secrets of fleet.yaml", () => {
  it.each<Mistake>([
    [
      "an input without a url",
      "inputs:\n  sops-nix: { follows: { nixpkgs: nixpkgs } }\nhosts: {}\n",
      "fleet.yaml:2:3 inputs.sops-nix.url: missing (expected a text)",
    ],
    [
      "a misspelt input to follow",
      'inputs:\n  sops-nix: { url: "github:Mic92/sops-nix", follows: { nixpkgs: nixpkg } }\nhosts: {}\n',
      `fleet.yaml:2:65 inputs.sops-nix.follows.nixpkgs: there is no input "nixpkg" (did you mean "nixpkgs"?)`,
    ],
    [
      "an input that follows itself",
      'inputs:\n  a: { url: "github:a/a", follows: { b: a } }\nhosts: {}\n',
      "fleet.yaml:2:41 inputs.a.follows.b: an input cannot follow itself (inputs: nixpkgs, a)",
    ],
    [
      "an input named self",
      "inputs: { self: github:a/b }\nhosts: {}\n",
      `fleet.yaml:1:11 inputs.self: "self" is the flake itself (choose another name for the input)`,
    ],
    [
      "nixpkgs twice",
      "nixpkgs: github:NixOS/nixpkgs\ninputs:\n  nixpkgs: github:NixOS/nixpkgs\nhosts: {}\n",
      "fleet.yaml:3:3 inputs.nixpkgs: nixpkgs is given twice, here and as the key nixpkgs of the fleet (keep one of them)",
    ],
    [
      "a flake reference with a blank",
      "nixpkgs: my nixpkgs\nhosts: {}\n",
      `fleet.yaml:1:10 nixpkgs: "my nixpkgs" is not a flake reference (write something like github:NixOS/nixpkgs/nixos-24.11, git+ssh://host/repo or path:./dir)`,
    ],
    [
      "a wave of an unknown tag",
      'hosts:\n  nas: { tags: [storage] }\nrollout:\n  waves:\n    - "@storge"\n    - "*"\n',
      `fleet.yaml:5:7 rollout.waves[0]: no host has the tag @storge (did you mean "@storage"?)`,
    ],
    [
      "a wave that is no selector",
      'hosts: { nas: {} }\nrollout:\n  waves: ["nas and ("]\n',
      `fleet.yaml:3:11 rollout.waves[0]: a host or a @tag is missing here, at character 10 of "nas and (" (for example nas, "edge-*", @storage or "@web and !edge-1")`,
    ],
    [
      "a wave of an unknown host",
      "hosts: { nas: {} }\nrollout:\n  waves: [{ hosts: nsa, pause: 10s }]\n",
      `fleet.yaml:3:20 rollout.waves[0].hosts: no host is named nsa (did you mean "nas"?)`,
    ],
    [
      "a wave whose parts exclude each other",
      'hosts: { nas: {} }\nrollout:\n  waves: ["nas and !nas", "*"]\n',
      `fleet.yaml:3:11 rollout.waves[0]: no host matches "nas and !nas"`,
    ],
    ["no waves", "hosts: { nas: {} }\nrollout: { waves: [] }\n", "fleet.yaml:2:19 rollout.waves: the list is empty"],
    [
      "a limit of no hosts",
      "hosts: { nas: {} }\nrollout: { parallel: 0 }\n",
      "fleet.yaml:2:22 rollout.parallel: expected at least 1, got 0",
    ],
    [
      "a limit as a word",
      "hosts: { nas: {} }\nrollout: { parallel: many }\n",
      "fleet.yaml:2:22 rollout.parallel: expected a number of hosts, or a mapping with evaluate, copy and activate, got a text",
    ],
    [
      "a policy without a backend",
      "hosts: {}\nsecrets:\n  admins: {}\n  files: {}\n",
      "fleet.yaml:2:1 secrets.backend: missing (expected sops or agenix)",
    ],
    [
      "a secret for an unknown host",
      "hosts: { gateway: {} }\nsecrets:\n  backend: sops\n  admins: {}\n  files:\n    secrets/gateway.yaml: { hosts: [gatewy] }\n",
      `fleet.yaml:6:37 secrets.files."secrets/gateway.yaml".hosts[0]: no host is named gatewy (did you mean "gateway"?)`,
    ],
    [
      "a secret for an unknown admin",
      "hosts: { nas: {} }\nsecrets:\n  backend: sops\n  admins: { alice: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p }\n  files:\n    a.yaml: { hosts: [nas], admins: [alcie] }\n",
      `fleet.yaml:6:38 secrets.files."a.yaml".admins[0]: there is no admin "alcie" (did you mean "alice"?)`,
    ],
    [
      "a private key of an admin",
      "hosts: {}\nsecrets:\n  backend: agenix\n  admins: { alice: AGE-SECRET-KEY-1QQQQQ }\n  files: {}\n",
      "fleet.yaml:4:20 secrets.admins.alice: this is a private key (give the public key (age1...), and replace the private one: it has leaked)",
    ],
    [
      "a secret outside of the repository",
      "hosts: { nas: {} }\nsecrets:\n  backend: agenix\n  admins: {}\n  files:\n    ../a.age: { hosts: [nas] }\n",
      `fleet.yaml:6:5 secrets.files."../a.age": "../a.age" is not a path in the repository (write it relative to the repository, for example secrets/gateway.yaml)`,
    ],
  ])("%s", (_, yaml, ...issues) => expect(mistakes(yaml)).toEqual(issues));
});
