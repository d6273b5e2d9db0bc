import { describe, expect, it } from "vitest";

import { chooseTransport } from "./choose-transport.ts";
import type { TransportSituation } from "./choose-transport.ts";
import type { ResolvedSshOptions } from "./options.ts";

const options: ResolvedSshOptions = {
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
const situation: TransportSituation = {
  wish: undefined,
  foreignCredentials: [],
  hasTicket: false,
  knownByAuthority: false,
  pinned: false,
};

describe("chooseTransport", () => {
  it.each<[string, Partial<ResolvedSshOptions>, Partial<TransportSituation>, string]>([
    ["nothing special", {}, {}, "ssh2: nothing asks for more"],
    ["the wish for ssh2", { proxyUseFdpass: true }, { wish: "ssh2" }, "ssh2: FLURRY_SSH_TRANSPORT says so"],
    ["the wish for openssh", {}, { wish: "openssh" }, "openssh: FLURRY_SSH_TRANSPORT says so"],
    ["an empty wish", {}, { wish: "" }, "ssh2: nothing asks for more"],
    [
      "a token",
      {},
      { foreignCredentials: ["/k is a key on a security token"] },
      "openssh: /k is a key on a security token",
    ],
    ["a smart card", { pkcs11Provider: "/lib/p11.so" }, {}, "openssh: PKCS11Provider is /lib/p11.so"],
    ["Kerberos without a ticket", { gssapiAuthentication: true }, {}, "ssh2: nothing asks for more"],
    [
      "Kerberos",
      { gssapiAuthentication: true },
      { hasTicket: true },
      "openssh: GSSAPIAuthentication is on, and there is a ticket",
    ],
    ["a passed socket", { proxyUseFdpass: true }, {}, "openssh: ProxyUseFdpass is on"],
    ["KnownHostsCommand", { knownHostsCommand: "/x" }, {}, "openssh: a KnownHostsCommand knows the host keys"],
    ["KnownHostsCommand, but pinned", { knownHostsCommand: "/x" }, { pinned: true }, "ssh2: nothing asks for more"],
    ["an authority", {}, { knownByAuthority: true }, "openssh: an @cert-authority vouches for the host"],
    ["an authority, but pinned", {}, { knownByAuthority: true, pinned: true }, "ssh2: nothing asks for more"],
    ["algorithms", { ciphers: ["aes256-new"] }, {}, "openssh: Ciphers permits only aes256-new"],
  ])("decides by %s", (_, more, given, expected) => {
    const { transport, reason } = chooseTransport({ ...options, ...more }, { ...situation, ...given });
    expect(`${transport}: ${reason}`).toBe(expected);
  });

  it("refuses a wish that is no transport", () => {
    expect(() => chooseTransport(options, { ...situation, wish: "dropbear" })).toThrow(
      expect.objectContaining({ code: "FLURRY_SSH_CONFIG_INVALID" }),
    );
  });
});
