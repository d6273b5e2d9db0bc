import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { issueLines } from "../../tests/support/issue-lines.ts";
import { importSshConfig } from "./ssh-config.ts";
import { matchesPattern } from "./ssh-pattern.ts";

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
    expect(issueLines(read)).toEqual([
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
    expect(issueLines(read).map((line) => line.replace(/ \(.*/, ""))).toEqual([
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
    expect(issueLines(read)[0]).toContain("it is the 16th of files in files");
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
