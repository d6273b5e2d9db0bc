import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { issueLines } from "../../tests/support/issue-lines.ts";
import { importAnsible } from "./ansible.ts";
import { jumpHost } from "./jump-host.ts";

const ini = `# a fleet
bare.example.org
odd ansible_host=10.0.0.9 ansible_connection=local

[web]
web[01:02].lan:2222 ansible_user=deploy # trailing
"quoted"    ; no

[db]
db1 ansible_host=10.0.0.5 http_port=80 note="with spaces # and more"

[prod:children]
web
db

[prod:vars]
ansible_user=ops
ansible_ssh_common_args='-o ProxyCommand="ssh -W %h:%p ops@bastion.lan"'
ansible_become_password=hunter2
http_port=8080

[all:vars]
ansible_user=root
ansible_python_interpreter=/usr/bin/python3
ansible_host={{ somewhere }}
`;

describe("importAnsible", () => {
  it("reads INI: ranges, groups above groups, the nearest variable", () => {
    const read = importAnsible(ini, { file: "hosts" });
    expect(read.hosts.slice(0, 4)).toEqual([
      { name: "bare.example.org", addresses: ["bare.example.org"], deploy: { sshUser: "root" } },
      {
        name: "web01.lan",
        addresses: ["web01.lan"],
        tags: ["web", "prod"],
        deploy: { sshUser: "deploy", port: 2222, jump: "ops@bastion.lan" },
      },
      {
        name: "web02.lan",
        addresses: ["web02.lan"],
        tags: ["web", "prod"],
        deploy: { sshUser: "deploy", port: 2222, jump: "ops@bastion.lan" },
      },
      {
        name: "db1",
        addresses: ["10.0.0.5"],
        tags: ["db", "prod"],
        deploy: { sshUser: "ops", jump: "ops@bastion.lan" },
      },
    ]);
    expect(issueLines(read)).toEqual([
      "hosts:3:1: odd is left out: it is reached by local and not by ssh",
      'hosts:7:1: "quoted" is left out: "\\"quoted\\"" is not a host name (use letters, digits, dots, dashes and underscores, beginning with a letter or a digit)',
      "hosts:10:1: http_port is not taken over, 2 times (set what it was for in the NixOS module of the host)",
      "hosts:10:1: note is not taken over (set what it was for in the NixOS module of the host)",
      "hosts:19:1: ansible_become_password is not taken over (a secret belongs into a file of flurry secrets)",
      "hosts:25:1: ansible_host is a template, which only Ansible can work out (write what it comes to into fleet.yaml)",
    ]);
    expect(issueLines(read).join("\n")).not.toContain("hunter2");
  });

  it("takes what stands in group_vars and host_vars before what stands in the inventory", () => {
    const inventory =
      "[web]\nweb1 ansible_port=1\nweb2 ansible_port=1\n[lan:children]\nweb\n[lan:vars]\nansible_user=ini\n";
    const file = (kind: "group" | "host", name: string, text: string) => ({
      kind,
      name,
      file: `${kind}/${name}`,
      text,
    });
    const read = importAnsible(inventory, {
      file: "hosts",
      variables: [
        file("group", "all", "ansible_user: all\nansible_port: 7\nntp: [a]\nhttp_port: 80\n"),
        file("group", "lan", "ansible_user: lan\nansible_password: !vault |\n  abc\n"),
        file("group", "nobody", "ansible_user: x\n"),
        file("group", "web", "$ANSIBLE_VAULT;1.1;AES256\n6162\n"),
        file("host", "web2", "ansible_host: 10.0.0.2\nansible_port: 2202\n"),
        file("host", "web1", "ansible_host: '{{ x }}'\nansible_user: [a\n"),
      ],
    });
    expect(read.hosts.map(({ name, addresses, deploy }) => [name, addresses, deploy])).toEqual([
      ["web1", ["web1"], { sshUser: "lan", port: 1 }],
      ["web2", ["10.0.0.2"], { sshUser: "lan", port: 2202 }],
    ]);
    expect(issueLines(read).map((line) => line.replace(/ \(.*/, ""))).toEqual([
      "group/all:1:1: 2 variables are not taken over",
      "group/lan:2:1: ansible_password is no plain value and is not taken over",
      "group/nobody:1:1: the inventory has no group nobody",
      "group/web:1:1: an encrypted file is not read",
      "host/web1:1:1: ansible_host is a template, which only Ansible can work out",
      "host/web1:2:1: ansible_user is no plain value and is not taken over",
      expect.stringMatching(/^host\/web1:3:1: Flow sequence/),
    ]);
  });

  it("reads YAML", () => {
    const yaml = `all:
  hosts:
    mail.lan: { ansible_port: 2200 }
  children:
    edge_nodes:
      hosts:
        gw[1:2]:
          ansible_host: 10.1.0.1
          ansible_ssh_private_key_file: ~/.ssh/edge
      vars:
        ansible_user: edge
      host: {}
    bad!:
      hosts:
        gw1:
        x[a:1]:
`;
    const read = importAnsible(yaml, { file: "inventory.yml" });
    expect(read.hosts).toEqual([
      { name: "mail.lan", addresses: ["mail.lan"], deploy: { port: 2200 } },
      {
        name: "gw1",
        addresses: ["10.1.0.1"],
        tags: ["edge_nodes"],
        deploy: { sshUser: "edge", identityFile: "~/.ssh/edge" },
      },
      {
        name: "gw2",
        addresses: ["10.1.0.1"],
        tags: ["edge_nodes"],
        deploy: { sshUser: "edge", identityFile: "~/.ssh/edge" },
      },
    ]);
    expect(issueLines(read)).toEqual([
      'inventory.yml:7:1: gw1: the tag is left out: "bad!" is not a tag (use letters, digits, dots, dashes and underscores, beginning with a letter or a digit)',
      "inventory.yml:12:1: the group edge_nodes has host, which is neither hosts, children nor vars",
      "inventory.yml:16:1: x[a:1] is no range of hosts",
    ]);
  });

  it.each([
    ["-o ProxyJump=bastion", "bastion", true],
    ["-o 'ProxyJump=a@b:22'", "a@b:22", true],
    ["-oProxyJump=a,b", "a,b", true],
    ["-C -J bastion", "bastion", false],
    ["-o ProxyCommand='ssh -W %h:%p -q bastion'", "bastion", true],
    ['-o ProxyCommand="ssh -p 2200 -W %h:%p -q user@10.0.0.1"', "user@10.0.0.1:2200", true],
    ['-o ProxyCommand="ssh -l ops -W [%h]:%p b" -o StrictHostKeyChecking=no', "ops@b", false],
    ["-o ProxyCommand='ssh -i key.pem -W %h:%p b -o ProxyCommand=none'", "b", false],
    ["-o ProxyCommand='ssh b nc %h %p'", undefined, undefined],
    ["-o ProxyCommand='connect -S proxy:1080 %h %p'", undefined, undefined],
    ["-o ControlMaster=auto", undefined, undefined],
    ["", undefined, undefined],
  ])("finds the jump host in %s", (words, jump, isAll) =>
    expect(jumpHost(words)).toEqual(jump === undefined ? undefined : { jump, isAll }),
  );

  it("ends on groups that hold each other, and on any text", () => {
    const read = importAnsible("[a]\nx\n[a:children]\nb\n[b:children]\na\n", { file: "hosts" });
    expect(read.hosts).toEqual([{ name: "x", addresses: ["x"], tags: ["a", "b"] }]);
    const word = fc.constantFrom(
      "[a]",
      "[a:vars]",
      "[",
      "]",
      "x[1:3]",
      "a=b",
      '"',
      "'",
      " ",
      "\n",
      "#",
      ":",
      "all:",
      "  ",
      "hosts:",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((parts) => parts.join("")),
        ),
        (text) => {
          for (const file of ["hosts", "hosts.yml"]) expect(importAnsible(text, { file }).hosts).toBeInstanceOf(Array);
        },
      ),
    );
  });
});
