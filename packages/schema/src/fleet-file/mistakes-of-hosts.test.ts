import { describe, expect, it } from "vitest";

import { mistakes } from "../../tests/support/mistakes.ts";
import type { Mistake } from "../../tests/support/mistakes.ts";

describe("a mistake in a host of fleet.yaml", () => {
  it.each<Mistake>([
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
  ])("%s", (_, yaml, ...issues) => expect(mistakes(yaml)).toEqual(issues));
});
