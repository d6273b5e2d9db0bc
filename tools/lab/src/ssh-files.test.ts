import { describe, expect, it } from "vitest";

import { hostSpecs } from "./host-options.ts";
import { keyOnly, renderKnownHosts, renderSshConfig } from "./ssh-files.ts";

const [nas, compute] = hostSpecs(["nas", "compute"], { init: "mini", existing: [], systemdProblem: undefined });
const files = { sshConfigFile: "/l/ssh_config", knownHostsFile: "/l/known_hosts", identityFile: "/l/id_ed25519" };

describe("renderSshConfig", () => {
  it("names every host by name and address", () => {
    if (nas === undefined || compute === undefined) throw new Error("two hosts were asked for");
    expect(renderSshConfig([nas, compute], files)).toBe(
      `Host nas 10.0.20.10
  HostName 10.0.20.10

Host compute 10.0.20.11
  HostName 10.0.20.11

Host *
  User root
  IdentityFile /l/id_ed25519
  IdentitiesOnly yes
  UserKnownHostsFile /l/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  KexAlgorithms curve25519-sha256
  BatchMode yes
  ConnectTimeout 5
`,
    );
  });
});

describe("renderKnownHosts", () => {
  it("writes the key without its comment under name and address", () => {
    if (nas === undefined) throw new Error("a host was asked for");
    expect(renderKnownHosts([{ spec: nas, publicKey: "ssh-ed25519 AAAA root@nas\n" }])).toBe(
      "nas,10.0.20.10 ssh-ed25519 AAAA\n",
    );
    expect(keyOnly(" ssh-ed25519  BBBB  a comment ")).toBe("ssh-ed25519 BBBB");
  });
});
