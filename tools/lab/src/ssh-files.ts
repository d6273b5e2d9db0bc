import type { HostSpec } from "./host-options.ts";

/** The files of a lab that its deployers hand to ssh. */
export interface SshFiles {
  readonly sshConfigFile: string;
  readonly knownHostsFile: string;
  readonly identityFile: string;
}

/** An ssh_config in which every host of the lab has its name; see ssh_config(5). */
export function renderSshConfig(hosts: readonly HostSpec[], files: SshFiles): string {
  const blocks = hosts.map(({ name, address }) => `Host ${name} ${address}\n  HostName ${address}\n`);
  return `${blocks.join("\n")}
Host *
  User root
  IdentityFile ${files.identityFile}
  IdentitiesOnly yes
  UserKnownHostsFile ${files.knownHostsFile}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  KexAlgorithms curve25519-sha256
  BatchMode yes
  ConnectTimeout 5
`;
}

/** Lines of a known_hosts file: each host's key under its name and its address; see sshd(8). */
export function renderKnownHosts(keys: readonly { readonly spec: HostSpec; readonly publicKey: string }[]): string {
  return keys.map(({ spec, publicKey }) => `${spec.name},${spec.address} ${keyOnly(publicKey)}\n`).join("");
}

/** The type and the base64 of an OpenSSH public key, without its comment. */
export function keyOnly(publicKey: string): string {
  return publicKey.trim().split(/\s+/).slice(0, 2).join(" ");
}
