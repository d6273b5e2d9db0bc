import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { renderIssue } from "../render-issue.ts";
import { expandRange } from "./ansible-range.ts";
import { importAnsible } from "./ansible.ts";
import type { ImportedHosts } from "./imported-hosts.ts";
import { jumpHost } from "./jump-host.ts";
import { importSshConfig } from "./ssh-config.ts";
import { matchesPattern } from "./ssh-pattern.ts";
import { importTerraform } from "./terraform.ts";

function lines({ issues }: ImportedHosts): readonly string[] {
  return issues.map((issue) => renderIssue({ ...issue, severity: "error" }));
}

describe("expandRange", () => {
  it.each([
    ["web", ["web"]],
    ["web[1:3]", ["web1", "web2", "web3"]],
    ["web[08:11].lan", ["web08.lan", "web09.lan", "web10.lan", "web11.lan"]],
    ["n[0:6:3]", ["n0", "n3", "n6"]],
    ["db-[a:c]", ["db-a", "db-b", "db-c"]],
    ["r[1:2]n[1:2]", ["r1n1", "r1n2", "r2n1", "r2n2"]],
    ["[2001:db8::1]", ["[2001:db8::1]"]],
    ["x[3:1]", undefined],
    ["x[1:c]", undefined],
    ["x[1:999999999]", undefined],
    ["x[1", undefined],
    ["x[1:2:0]", undefined],
  ])("%s", (pattern, names) => expect(expandRange(pattern)).toEqual(names));
});

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
    expect(lines(read)).toEqual([
      "hosts:3:1: odd is left out: it is reached by local and not by ssh",
      'hosts:7:1: "quoted" is left out: "\\"quoted\\"" is not a host name (use letters, digits, dots, dashes and underscores, beginning with a letter or a digit)',
      "hosts:10:1: http_port is not taken over, 2 times (set what it was for in the NixOS module of the host)",
      "hosts:10:1: note is not taken over (set what it was for in the NixOS module of the host)",
      "hosts:19:1: ansible_become_password is not taken over (a secret belongs into a file of flurry secrets)",
      "hosts:25:1: ansible_host is a template, which only Ansible can work out (write what it comes to into fleet.yaml)",
    ]);
    expect(lines(read).join("\n")).not.toContain("hunter2");
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
    expect(lines(read).map((line) => line.replace(/ \(.*/, ""))).toEqual([
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
    expect(lines(read)).toEqual([
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

describe("importSshConfig", () => {
  it("takes hosts without wildcards, and what wildcards say of them", () => {
    const config = `Compression yes
Host nas
  HostName 10.0.20.10
  User admin
  ForwardAgent yes
Host web-1 web-2 !web-3 *.lan
  HostName %h.example.org
  Port=2222
Host web-*
  ProxyJump bastion.example.org
  IdentityFile "~/.ssh/web key"
  Port 9
Host *
  User root
  ForwardAgent no
Match host x exec "true"
  User nobody
Include config.d/*
`;
    const read = importSshConfig(config, { file: "~/.ssh/config" });
    expect(read.hosts).toEqual([
      { name: "nas", addresses: ["10.0.20.10"], deploy: { sshUser: "admin" } },
      {
        name: "web-1",
        addresses: ["web-1.example.org"],
        deploy: { sshUser: "root", port: 2222, jump: "bastion.example.org", identityFile: "~/.ssh/web key" },
      },
      {
        name: "web-2",
        addresses: ["web-2.example.org"],
        deploy: { sshUser: "root", port: 2222, jump: "bastion.example.org", identityFile: "~/.ssh/web key" },
      },
    ]);
    expect(lines(read)).toEqual([
      '~/.ssh/config:16:1: Match host x exec "true" is not taken over (what it says may hold for some of the hosts: look at it yourself)',
      "~/.ssh/config:18:1: Include config.d/* is not followed (import the included file as well)",
      "~/.ssh/config:1:1: compression is not taken over (as sshOptions of the host's deploy: it would hold for Flurry too)",
      "~/.ssh/config:5:1: forwardagent is not taken over (as sshOptions of the host's deploy: it would hold for Flurry too)",
    ]);
  });

  it("reads what is included in its place, and within the Host line around it", () => {
    const files: Readonly<Record<string, string>> = {
      "conf.d/a": "Host db\n  HostName 10.0.0.5\n  Include deeper\n  User late\nMatch all\n  User nobody\n",
      deeper: "User early\nInclude conf.d/a\n",
      only: "Port 2222\nHost web-1 mail\n  User inner\n",
    };
    const read = importSshConfig(
      "Include conf.d/a none\nHost web-*\n  Include only\n  Port 9\nHost web-1 web-2\n  HostName %h.lan\nHost db\n  Port 7\n",
      {
        file: "config",
        include: (pattern) => (files[pattern] === undefined ? [] : [{ file: pattern, text: files[pattern] }]),
      },
    );
    expect(read.hosts).toEqual([
      { name: "db", addresses: ["10.0.0.5"], deploy: { sshUser: "early", port: 7 } },
      { name: "web-1", addresses: ["web-1.lan"], deploy: { sshUser: "inner", port: 2222 } },
      { name: "web-2", addresses: ["web-2.lan"], deploy: { port: 2222 } },
    ]);
    expect(lines(read).map((line) => line.replace(/ \(.*/, ""))).toEqual([
      "deeper:2:1: Include conf.d/a is not followed: conf.d/a includes itself",
      "conf.d/a:5:1: Match all is not taken over",
      "config:1:1: Include none is not followed: there is no such file",
    ]);
  });

  it("follows no more files in files than ssh does", () => {
    let count = 0;
    const include = () => [{ file: `file ${(count += 1)}`, text: "Include more more\n" }];
    const read = importSshConfig("Host a\nInclude more\n", { file: "config", include });
    expect(read.hosts.map(({ name }) => name)).toEqual(["a"]);
    expect(lines(read)[0]).toContain("it is the 16th of files in files");
  });

  it("matches as regular expressions do", () => {
    const letters = fc.stringMatching(/^[ab]{0,8}$/);
    fc.assert(
      fc.property(letters, fc.stringMatching(/^[ab*?]{0,8}$/), (name, pattern) => {
        const same = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(name);
        expect(matchesPattern(name, pattern)).toBe(same);
      }),
    );
    expect(matchesPattern("a".repeat(5000), `${"*a".repeat(50)}b`)).toBe(false);
  });
});

describe("importTerraform", () => {
  const output = (value: unknown, sensitive = false) => ({ sensitive, type: "dynamic", value });

  it("reads what terraform output -json prints", () => {
    const text = JSON.stringify(
      {
        hosts: output({
          nas: "10.0.0.1",
          web: { public_ip: "192.0.2.7", user: "deploy", tags: { role: "edge", Name: "x" } },
        }),
        servers: output([{ name: "db", private_ip: "10.0.0.3", ssh_port: 2222, tags: ["data"] }, { size: 3 }]),
        bastion_public_ip: output("192.0.2.1"),
        region: output("eu-central-1"),
        secret: output({ x: "192.0.2.9" }, true),
      },
      undefined,
      1,
    );
    const read = importTerraform(text, { file: "outputs.json" });
    expect(read.hosts).toEqual([
      { name: "nas", addresses: ["10.0.0.1"] },
      { name: "web", addresses: ["192.0.2.7"], tags: ["edge"], deploy: { sshUser: "deploy" } },
      { name: "db", addresses: ["10.0.0.3"], tags: ["data"], deploy: { port: 2222 } },
      { name: "bastion", addresses: ["192.0.2.1"] },
    ]);
    expect(lines(read)).toEqual([
      'outputs.json:39:1: the output region holds no hosts (hosts are { name = "address" }, { name = { ip = "address" } } or name_ip = "address")',
      "outputs.json:44:1: the output secret is sensitive and not looked into",
    ]);
  });

  it("reads the machines of a state, of OpenTofu too", () => {
    const resource = (type: string, name: string, ...instances: readonly object[]) => ({
      mode: "managed",
      type,
      name,
      provider: "x",
      instances,
    });
    const state = {
      version: 4,
      terraform_version: "1.9.0",
      serial: 3,
      lineage: "x",
      outputs: { ip: { value: "10.9.9.9", type: "string" } },
      resources: [
        { ...resource("aws_ami", "nixos", { attributes: { id: "ami" } }), mode: "data" },
        resource(
          "aws_instance",
          "web",
          {
            index_key: 0,
            attributes: { public_ip: "", private_ip: "10.0.0.4", tags: { Name: "web-0", tier: "front" } },
          },
          { index_key: 1, attributes: { public_ip: "192.0.2.5", tags: null } },
        ),
        resource("hcloud_server", "db", {
          attributes: { name: "db", ipv4_address: "192.0.2.6", labels: { prod: "" } },
        }),
        resource("google_compute_instance", "g", {
          attributes: {
            name: "g",
            network_interface: [{ network_ip: "10.1.1.1", access_config: [{ nat_ip: "192.0.2.8" }] }],
            tags: ["x"],
          },
        }),
        resource("libvirt_domain", "vm", { attributes: { name: "vm", network_interface: [] } }),
        resource("random_id", "r", { attributes: { hex: "ff" } }),
      ],
    };
    const read = importTerraform(JSON.stringify(state), { file: "terraform.tfstate" });
    expect(read.hosts).toEqual([
      { name: "web-0", addresses: ["10.0.0.4"], tags: ["front"] },
      { name: "web-1", addresses: ["192.0.2.5"] },
      { name: "db", addresses: ["192.0.2.6"], tags: ["prod"] },
      { name: "g", addresses: ["192.0.2.8"], tags: ["x"] },
    ]);
    expect(lines(read)).toEqual([
      "terraform.tfstate:1:1: libvirt_domain.vm has no address (add the host by hand once it has one)",
    ]);
  });

  it.each([
    ["no JSON", "nas = 1", "this is no JSON"],
    ["an old state", '{"version":3,"terraform_version":"0.11"}', "only state files of version 4"],
    ["a single value", '"10.0.0.1"', "neither outputs nor a state"],
    ["a bare output", '{"nas":"10.0.0.1"}', "neither outputs nor a state"],
  ])("refuses %s", (_, text, message) => {
    const read = importTerraform(text, { file: "f" });
    expect(read.hosts).toEqual([]);
    expect(lines(read)[0]).toContain(message);
  });

  it("takes any JSON without a crash", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.record({ value: fc.jsonValue() })), (data) => {
        expect(importTerraform(JSON.stringify(data), { file: "f" }).hosts).toBeInstanceOf(Array);
      }),
    );
  });
});
