import { describe, expect, it } from "vitest";

import { nixSshWords } from "./nix-ssh-opts.ts";
import type { ResolvedSshOptions } from "./options.ts";
import type { SshContext, SshTarget } from "./target.ts";

const resolved: ResolvedSshOptions = {
  address: "nas",
  hostname: "10.0.0.5",
  user: "root",
  port: 22,
  addressFamily: "any",
  bindAddress: undefined,
  identityFiles: [],
  identitiesOnly: false,
  identityAgent: undefined,
  hostKeyName: "10.0.0.5",
  hostKeyAlias: undefined,
  userKnownHostsFiles: [],
  globalKnownHostsFiles: [],
  revokedHostKeysFile: undefined,
  hashKnownHosts: false,
  strictHostKeyChecking: "strict",
  hostKeyAlgorithms: [],
  kexAlgorithms: [],
  ciphers: [],
  macs: [],
  compression: false,
  proxyJump: undefined,
  proxyCommand: undefined,
  proxyUseFdpass: false,
  certificateFiles: [],
  pkcs11Provider: undefined,
  gssapiAuthentication: false,
  knownHostsCommand: undefined,
  knowsKnownHostsCommand: true,
  connectTimeoutMs: undefined,
  serverAliveIntervalMs: undefined,
  serverAliveCountMax: 3,
};
const target: SshTarget = { name: "nas", addresses: ["nas"] };
const context: SshContext = { env: {}, cwd: "/fleet" };

interface Case {
  readonly target?: Partial<SshTarget>;
  readonly context?: Partial<SshContext>;
  readonly resolved?: Partial<ResolvedSshOptions>;
  readonly pinnedKeysFile?: string;
}

function words(given: Case = {}): string {
  return nixSshWords({
    target: { ...target, ...given.target },
    context: { ...context, ...given.context },
    resolved: { ...resolved, ...given.resolved },
    pinnedKeysFile: given.pinnedKeysFile,
  }).join(" ");
}

describe("nixSshWords", () => {
  it("never asks, shares no connection and notices a dead peer", () => {
    expect(words()).toBe(
      "-o BatchMode=yes -o ControlMaster=no -o ControlPath=none -o RemoteCommand=none -o RequestTTY=no " +
        "-o ClearAllForwardings=yes -o ConnectTimeout=15 -o ServerAliveInterval=15 -o ServerAliveCountMax=3 " +
        "-o StrictHostKeyChecking=yes",
    );
  });

  it.each([
    [{ target: { port: 2222 } }, "-p 2222"],
    [{ target: { jump: "joe@bastion:22,b" } }, "-J joe@bastion:22,b"],
    [
      { target: { identityFiles: ["key", "~/k", "/abs"] } },
      "-o IdentityFile=/fleet/key -o IdentityFile=~/k -o IdentityFile=/abs",
    ],
    [{ target: { sshOptions: ["-4", "-oCompression=yes"] } }, "-4 -o Compression=yes"],
    [{ context: { configFile: "ssh_config" } }, "-F /fleet/ssh_config"],
    [{ context: { connectTimeoutMs: 2500, keepaliveMs: 400 } }, "-o ConnectTimeout=3 -o ServerAliveInterval=1 "],
    [
      { resolved: { connectTimeoutMs: 7000, serverAliveIntervalMs: 9000 } },
      "-o ConnectTimeout=7 -o ServerAliveInterval=9 ",
    ],
    [{ resolved: { strictHostKeyChecking: "accept-new" } }, "-o StrictHostKeyChecking=accept-new"],
    [{ resolved: { strictHostKeyChecking: "off" } }, "-o StrictHostKeyChecking=accept-new"],
    [
      { pinnedKeysFile: "/tmp/pins", resolved: { strictHostKeyChecking: "off" } },
      "-o StrictHostKeyChecking=yes -o UserKnownHostsFile=/tmp/pins -o GlobalKnownHostsFile=none",
    ],
  ] satisfies readonly [Case, string][])("says for %j: %s", (given, expected) => {
    expect(words(given)).toContain(expected);
  });
});
