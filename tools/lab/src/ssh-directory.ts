import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { atomicWrite, runProcess } from "@flurry/core";

import type { HostSpec } from "./host-options.ts";
import { LabError } from "./lab-error.ts";
import { keyOnly, renderKnownHosts, renderSshConfig } from "./ssh-files.ts";
import type { SshFiles } from "./ssh-files.ts";

/** Keeps the lab's ssh_config, known_hosts, deployer key and the first keys of its hosts. */
export class SshDirectory implements SshFiles {
  readonly #directory: string;
  readonly #hosts: HostSpec[] = [];

  constructor(directory: string, hosts: readonly HostSpec[]) {
    this.#directory = directory;
    this.#hosts.push(...hosts);
  }

  get sshConfigFile(): string {
    return join(this.#directory, "ssh_config");
  }

  get knownHostsFile(): string {
    return join(this.#directory, "known_hosts");
  }

  /** The private key of whoever deploys. */
  get identityFile(): string {
    return join(this.#directory, "id_ed25519");
  }

  /** Makes the deployer's key and returns its public line. */
  async makeIdentity(): Promise<string> {
    await generateKey(this.identityFile, "flurry-lab-deployer");
    return await readFile(`${this.identityFile}.pub`, "utf8");
  }

  /** Makes the keys of new hosts and writes them to known_hosts and ssh_config. */
  async addHosts(hosts: readonly HostSpec[]): Promise<void> {
    await Promise.all(hosts.map((host) => generateKey(this.#hostKeyFile(host.name), host.name)));
    const keys = await Promise.all(hosts.map(async (spec) => ({ spec, publicKey: await this.#publicKey(spec.name) })));
    this.#hosts.push(...hosts);
    const known = await readFile(this.knownHostsFile, "utf8").catch(() => "");
    await atomicWrite(this.knownHostsFile, known + renderKnownHosts(keys));
    await atomicWrite(this.sshConfigFile, renderSshConfig(this.#hosts, this));
  }

  /** Replaces what known_hosts says of a host. */
  async recordKey(name: string, publicKey: string): Promise<void> {
    const host = this.#find(name);
    const known = (await readFile(this.knownHostsFile, "utf8")).split("\n").filter((line) => !isOf(line, host));
    await atomicWrite(
      this.knownHostsFile,
      `${known.join("\n").trimEnd()}\n${renderKnownHosts([{ spec: host, publicKey }])}`,
    );
  }

  /** Marks the key that known_hosts has of a host as revoked. */
  async revokeKey(name: string): Promise<void> {
    const host = this.#find(name);
    const lines = (await readFile(this.knownHostsFile, "utf8")).split("\n");
    const marked = lines.map((line) => (isOf(line, host) && !line.startsWith("@") ? `@revoked ${line}` : line));
    await atomicWrite(this.knownHostsFile, marked.join("\n"));
  }

  #hostKeyFile(name: string): string {
    return join(this.#directory, "hosts.d", name, "disk/etc/ssh/ssh_host_ed25519_key");
  }

  async #publicKey(name: string): Promise<string> {
    return keyOnly(await readFile(`${this.#hostKeyFile(name)}.pub`, "utf8"));
  }

  #find(name: string): HostSpec {
    const host = this.#hosts.find((host) => host.name === name);
    if (host === undefined) throw new LabError("LAB_HOST_UNKNOWN", `the lab has no host ${name}`);
    return host;
  }
}

function isOf(line: string, host: HostSpec): boolean {
  return line.replace(/^@\S+ /, "").startsWith(`${host.name},`);
}

async function generateKey(file: string, comment: string): Promise<void> {
  const made = await runProcess("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file], {
    timeoutMs: 30_000,
  });
  if (made.exitCode !== 0)
    throw new LabError("LAB_START_FAILED", `ssh-keygen could not make ${file}`, { details: made.stderr });
}
