import { describe, expect, it } from "vitest";

import { renderIssue } from "../render-issue.ts";
import { parseFleetYaml } from "./read-yaml.ts";

function mistakes(yaml: string): readonly string[] {
  const read = parseFleetYaml(yaml, { file: "fleet.yaml" });
  return read.ok ? ["no mistake"] : read.issues.map(renderIssue);
}

describe("a mistake in fleet.yaml has file, line, column, path, message and hint", () => {
  it.each<readonly [name: string, yaml: string, ...issues: readonly string[]]>([
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
    [
      "a host name like an option",
      "hosts:\n  -oProxyCommand=x: {}\n",
      `fleet.yaml:2:3 hosts."-oProxyCommand=x": "-oProxyCommand=x" is not a host name (use letters, digits, dots, dashes and underscores, beginning with a letter or a digit)`,
    ],
    [
      "a host name with a slash",
      "hosts:\n  ../etc: {}\n",
      `fleet.yaml:2:3 hosts."../etc": "../etc" is not a host name (use letters, digits, dots, dashes and underscores, beginning with a letter or a digit)`,
    ],
    [
      "a host name with a blank",
      "hosts:\n  my host: {}\n",
      `fleet.yaml:2:3 hosts."my host": "my host" is not a host name (use letters, digits, dots, dashes and underscores, beginning with a letter or a digit)`,
    ],
    [
      "a host name that is too long",
      "hosts:\n  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: {}\n",
      `fleet.yaml:2:3 hosts.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa..." is too long for a host name (use at most 63 characters)`,
    ],
    ["an empty host name", 'hosts:\n  "": {}\n', `fleet.yaml:2:3 hosts."": a host name cannot be empty`],
    [
      "an address like an option",
      "hosts:\n  nas: { address: -oProxyCommand=reboot }\n",
      `fleet.yaml:2:19 hosts.nas.address: "-oProxyCommand=reboot" is not an address (write an IP address, a DNS name or a Host alias of ssh_config)`,
    ],
    [
      "an address for a shell",
      'hosts:\n  nas: { address: "nas; reboot" }\n',
      `fleet.yaml:2:19 hosts.nas.address: "nas; reboot" is not an address (write an IP address, a DNS name or a Host alias of ssh_config)`,
    ],
    [
      "an address with a port",
      'hosts:\n  nas: { address: "10.0.20.10:2222" }\n',
      `fleet.yaml:2:19 hosts.nas.address: "10.0.20.10:2222" is not an address (write the machine alone and the port as deploy.port)`,
    ],
    [
      "an address with a user",
      "hosts:\n  nas: { address: root@nas }\n",
      `fleet.yaml:2:19 hosts.nas.address: "root@nas" is not an address (write the machine alone and the user as deploy.sshUser)`,
    ],
    [
      "a URL for an address",
      "hosts:\n  nas: { address: ssh://nas }\n",
      `fleet.yaml:2:19 hosts.nas.address: "ssh://nas" is not an address (write the machine alone, without ://)`,
    ],
    [
      "a network for an address",
      "hosts:\n  nas: { address: 10.0.20.0/24 }\n",
      `fleet.yaml:2:19 hosts.nas.address: "10.0.20.0/24" is not an address (write one machine, without a prefix length or a path)`,
    ],
    [
      "an IPv4 address out of range",
      "hosts:\n  nas: { addresses: [nas.lan, 10.0.20.300] }\n",
      `fleet.yaml:2:31 hosts.nas.addresses[1]: "10.0.20.300" is not an IPv4 address (write four numbers from 0 to 255)`,
    ],
    [
      "an empty list of addresses",
      "hosts:\n  nas: { addresses: [] }\n",
      "fleet.yaml:2:21 hosts.nas.addresses: the list is empty",
    ],
    [
      "a number for an address",
      "hosts:\n  nas: { address: 10.2 }\n",
      `fleet.yaml:2:19 hosts.nas.address: expected a text, got 10.2 (put it in quotes: "10.2")`,
    ],
    [
      "a user name like an option",
      "defaults: { deploy: { sshUser: -l } }\nhosts: {}\n",
      `fleet.yaml:1:32 defaults.deploy.sshUser: "-l" is not a user name (use letters, digits, dots, dashes and underscores, not beginning with a dash)`,
    ],
    [
      "a user name with a machine",
      "defaults: { deploy: { sshUser: root@nas } }\nhosts: {}\n",
      `fleet.yaml:1:32 defaults.deploy.sshUser: "root@nas" is not a user name (write the user alone and the machine as address)`,
    ],
    [
      "a tag with its @",
      'hosts:\n  nas: { tags: ["@storage"] }\n',
      `fleet.yaml:2:17 hosts.nas.tags[0]: "@storage" is not a tag (leave the @ away here: only selectors write it)`,
    ],
    [
      "a tag with a blank",
      "hosts:\n  nas: { tags: [a b] }\n",
      `fleet.yaml:2:17 hosts.nas.tags[0]: "a b" is not a tag (use letters, digits, dots, dashes and underscores, beginning with a letter or a digit)`,
    ],
    [
      "a jump host that is none",
      'hosts:\n  nas: { deploy: { jump: "gate;way" } }\n',
      `fleet.yaml:2:26 hosts.nas.deploy.jump: "gate;way" is not a jump host (write [user@]host[:port], several with commas)`,
    ],
    [
      "a system that NixOS does not know",
      "hosts:\n  nas: { system: x86-64-linux }\n",
      `fleet.yaml:2:18 hosts.nas.system: "x86-64-linux" is not a system that NixOS runs on (did you mean "x86_64-linux"?)`,
    ],
    [
      "a darwin system",
      "hosts:\n  nas: { system: aarch64-darwin }\n",
      `fleet.yaml:2:18 hosts.nas.system: "aarch64-darwin" is not a system that NixOS runs on (for example x86_64-linux or aarch64-linux)`,
    ],
    [
      "a module as a file",
      "hosts:\n  nas: { modules: [common.nix] }\n",
      `fleet.yaml:2:20 hosts.nas.modules[0]: "common.nix" is not the name of a module (did you mean "common"?)`,
    ],
    [
      "a module outside of the repository",
      "hosts:\n  nas: { modules: [../common] }\n",
      `fleet.yaml:2:20 hosts.nas.modules[0]: "../common" is not the name of a module (write the path below modules/ without .nix: common is modules/common.nix)`,
    ],
    [
      "a host key that is no key",
      "hosts:\n  nas: { hostKey: AAAAC3Nz }\n",
      "fleet.yaml:2:19 hosts.nas.hostKey: this is not an ssh public key: it begins with no key type (copy the line of /etc/ssh/ssh_host_ed25519_key.pub, or of ssh-keyscan without the address)",
    ],
    [
      "a host key that is damaged",
      "hosts:\n  nas: { hostKey: ssh-ed25519 AAAAC3NzaC1yc2E= }\n",
      "fleet.yaml:2:19 hosts.nas.hostKey: the ssh public key is damaged: its base64 does not hold a key of type ssh-ed25519 (copy the line of /etc/ssh/ssh_host_ed25519_key.pub, or of ssh-keyscan without the address)",
    ],
    [
      "a private key in place of a path",
      "hosts:\n  nas:\n    deploy:\n      identityFile: |\n        -----BEGIN OPENSSH PRIVATE KEY-----\n",
      "fleet.yaml:4:21 hosts.nas.deploy.identityFile: this is a private key (give the path of its file, and replace the key: it has leaked)",
    ],
    [
      "a sudo for a shell",
      'defaults: { deploy: { sudo: "sudo -u $USER" } }\nhosts: {}\n',
      `fleet.yaml:1:29 defaults.deploy.sudo: "sudo -u $USER" has characters that only a shell understands (write the words as a list: [sudo, -n, --])`,
    ],
    [
      "a misspelt health check",
      "hosts:\n  nas:\n    health:\n      - htpp: http://nas/\n",
      `fleet.yaml:4:9 hosts.nas.health[0].htpp: unknown key (did you mean "http"?)`,
    ],
    [
      "two health checks in one",
      "hosts:\n  nas:\n    health:\n      - http: http://nas/\n        tcp: 22\n",
      "fleet.yaml:4:9 hosts.nas.health[0]: expected a health check: a mapping with unit, units, command, http or tcp, got a mapping with http, tcp",
    ],
    [
      "an empty health check",
      "hosts:\n  nas:\n    health: [{}]\n",
      "fleet.yaml:3:14 hosts.nas.health[0]: expected a health check: a mapping with unit, units, command, http or tcp, got an empty mapping",
    ],
    [
      "a health check that is a text",
      "hosts:\n  nas:\n    health: [nginx]\n",
      "fleet.yaml:3:14 hosts.nas.health[0]: expected a health check: a mapping with unit, units, command, http or tcp, got a text",
    ],
    [
      "a health check that is not in a list",
      "hosts:\n  nas:\n    health: { unit: nginx }\n",
      "fleet.yaml:3:13 hosts.nas.health: expected a list, got a mapping with unit",
    ],
    [
      "a misspelt key of a health check",
      'hosts:\n  nas:\n    health:\n      - { http: "http://nas/", exepct: 200 }\n',
      `fleet.yaml:4:32 hosts.nas.health[0].exepct: unknown key (did you mean "expect"?)`,
    ],
    [
      "a health check of ftp",
      'hosts:\n  nas:\n    health: [{ http: "ftp://nas/" }]\n',
      `fleet.yaml:3:22 hosts.nas.health[0].http: "ftp://nas/" is neither http: nor https: (for example http://10.0.20.1:8080/health)`,
    ],
    [
      "a health check with a password",
      'hosts:\n  nas:\n    health: [{ http: "http://me:hunter2@nas/" }]\n',
      "fleet.yaml:3:22 hosts.nas.health[0].http: the URL of a health check has a user or a password in it (check an address that needs none, or use a command that reads its credentials on the host)",
    ],
    [
      "a status that HTTP does not have",
      'hosts:\n  nas:\n    health: [{ http: "http://nas/", expect: 20 }]\n',
      "fleet.yaml:3:45 hosts.nas.health[0].expect: expected at least 100, got 20",
    ],
    [
      "a unit like an option",
      "hosts:\n  nas:\n    health: [{ unit: --help }]\n",
      `fleet.yaml:3:22 hosts.nas.health[0].unit: "--help" is not the name of a systemd unit (for example nginx.service)`,
    ],
    [
      "no units",
      "hosts:\n  nas:\n    health: [{ units: [] }]\n",
      "fleet.yaml:3:23 hosts.nas.health[0].units: the list is empty",
    ],
    [
      "a TCP check without a port",
      "hosts:\n  nas:\n    health: [{ tcp: { host: nas } }]\n",
      "fleet.yaml:3:16 hosts.nas.health[0].tcp.port: missing (expected a number)",
    ],
    [
      "a TCP check of port 0",
      "hosts:\n  nas:\n    health: [{ tcp: 0 }]\n",
      "fleet.yaml:3:21 hosts.nas.health[0].tcp: expected at least 1, got 0",
    ],
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
    [
      "a tab as indentation",
      "hosts:\n\tnas: {}\n",
      "fleet.yaml:2:1: tabs are not allowed as indentation (indent with spaces)",
    ],
    [
      "a key twice",
      "hosts:\n  nas: {}\n  compute: {}\n  nas: {}\n",
      "fleet.yaml:4:3 hosts.nas: the same key twice (the first one is in line 2)",
    ],
    [
      "a bracket that is not closed",
      "hosts:\n  nas: { tags: [a, b }\n",
      "fleet.yaml:2:8: the { that opens here is not closed (write the } that ends it; lines within are indented deeper than the key before it)",
      "fleet.yaml:2:16: the [ that opens here is not closed (write the ] that ends it; lines within are indented deeper than the key before it)",
    ],
    [
      "a brace that is not closed",
      "hosts: { nas: { address: nas.lan }\n",
      "fleet.yaml:1:8: the { that opens here is not closed (write the } that ends it; lines within are indented deeper than the key before it)",
    ],
    [
      "lines in a brace that are not indented",
      "hosts:\n  nas: {\n  address: nas.lan\n  }\n",
      "fleet.yaml:2:8: the { that opens here is not closed (write the } that ends it; lines within are indented deeper than the key before it)",
    ],
    [
      "quotes that are not closed",
      'description: "Homelab\nhosts: {}\n',
      `fleet.yaml:3:1: the closing " is missing (close the quotes, bracket or brace)`,
    ],
    [
      "a tag without quotes",
      "hosts: { nas: {} }\nrollout:\n  waves:\n    - @storage\n",
      `fleet.yaml:4:7: plain value cannot start with reserved character @ (put the value in quotes: "@storage")`,
    ],
    [
      "a colon in a plain value",
      "description: Homelab: mine\nhosts: {}\n",
      `fleet.yaml:1:14: nested mappings are not allowed in compact mappings (put a value with ": " in it in quotes, and check the indentation)`,
    ],
    [
      "a wrong indentation",
      "hosts:\n  nas: {}\n compute: {}\n",
      "fleet.yaml:3:1: all mapping items must start at the same column (check the indentation, and that every [ and { is closed)",
    ],
    [
      "an alias of nothing",
      "hosts:\n  nas: *common\n",
      `fleet.yaml:2:8: there is no anchor &common above this alias (mark the value with &common, or put the text in quotes: "*common")`,
    ],
    [
      "an unknown YAML tag",
      "description: !secret x\nhosts: {}\n",
      "fleet.yaml:1:14: unresolved tag: !secret (remove the tag that begins with !, or put the value in quotes)",
    ],
    [
      "two documents",
      "hosts: {}\n---\nhosts: {}\n",
      "fleet.yaml:2:1: the file holds more than one document (keep one document and remove the line ---)",
    ],
    ["an empty file", "", "fleet.yaml:1:1: the file is empty (begin with hosts: and list the machines below it)"],
    [
      "a file of comments",
      "# nothing yet\n",
      "fleet.yaml:1:1: the file is empty (begin with hosts: and list the machines below it)",
    ],
    [
      "a list",
      "- nas\n- compute\n",
      "fleet.yaml:1:1: expected a mapping with hosts (begin with hosts: and list the machines below it)",
    ],
    [
      "a text",
      "nas\n",
      "fleet.yaml:1:1: expected a mapping with hosts (begin with hosts: and list the machines below it)",
    ],
    [
      "a key that is a list",
      "hosts:\n  [nas]: {}\n",
      "fleet.yaml:2:3: a key is no text (write a plain name before the colon)",
    ],
    ["the name of a prototype", "hosts:\n  __proto__: {}\n", "fleet.yaml:2:3: __proto__ cannot be a key"],
    [
      "a mistake behind an alias",
      "x: &body\n  adress: a\nhosts:\n  nas: *body\n",
      "fleet.yaml:1:1 x: unknown key (expected description, nixpkgs, inputs, configurations, defaults, hosts, secrets, rollout or metrics)",
      `fleet.yaml:2:3 hosts.nas.adress: unknown key (did you mean "address"?)`,
    ],
    [
      "a mistake behind a merge key",
      "hosts:\n  nas: &body\n    tags: storage\n  compute:\n    <<: *body\n",
      "fleet.yaml:3:11 hosts.nas.tags: expected a list, got a text (put it in brackets: [...])",
      "fleet.yaml:3:11 hosts.compute.tags: expected a list, got a text (put it in brackets: [...])",
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

  it("ends when aliases multiply", () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(",")}]`,
    );
    expect(mistakes(["a0: &a0 [x]", ...levels].join("\n"))).toEqual([
      "fleet.yaml:1:1: the aliases of the file make more than 100 copies of a value (use defaults instead of aliases)",
    ]);
  });

  it.each([
    ["lists", `hosts: ${"[".repeat(100_000)}`],
    ["mappings", `hosts: ${"{a: ".repeat(100_000)}`],
    ["lines", Array.from({ length: 2000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
  ])("ends when %s are nested very deeply", (_, yaml) => {
    expect(mistakes(yaml)).toEqual([expect.stringMatching(/^fleet\.yaml:\d+:\d+: the file is nested too deeply$/)]);
  });
});
