import { LabError } from "./lab-error.ts";

/** How a host becomes PID 1: real systemd, a small init of the lab's own, or whichever this machine allows. */
export type InitChoice = "auto" | "systemd" | "mini";

/** What the user `deploy` gets from sudo: anything without a password, a question for one, or no sudo at all. */
export type SudoChoice = "nopasswd" | "refused" | "absent";

/** A host of a lab as its author asks for it. */
export interface HostOptions {
  /** One DNS label. */
  readonly name: string;
  /** An IPv4 address in 10.0.0.0/16. Default: the homelab's for nas, compute and gateway, else the next of 10.0.21.10 and up. */
  readonly address?: string;
  /** Megabytes of a file system of its own for /nix. Default: /nix shares the lab's memory. */
  readonly storeSizeMiB?: number;
  /** Whether Nix on the host accepts signed paths only, as is Nix's default. Default: false. */
  readonly requireSignatures?: boolean;
  /** Default: the lab's. */
  readonly init?: InitChoice;
  /** Default: `"nopasswd"`. */
  readonly sudo?: SudoChoice;
  /** Whether a nix-daemon serves users who are not root. Default: true. */
  readonly daemon?: boolean;
}

/** A host of a lab with everything decided. */
export interface HostSpec {
  readonly name: string;
  readonly address: string;
  /** The lab's end of the host's network cable. */
  readonly cable: string;
  readonly storeSizeMiB: number | undefined;
  readonly requireSignatures: boolean;
  readonly init: "systemd" | "mini";
  readonly sudo: SudoChoice;
  readonly daemon: boolean;
}

/** The length of the network part of every address in a lab. */
export const prefixLength = 16;
/** The address of the place that deployments start from. */
export const deployerAddress = "10.0.0.1";

const homelab: Readonly<Record<string, string>> = { nas: "10.0.20.10", compute: "10.0.20.11", gateway: "10.0.20.1" };

/** What {@link hostSpecs} needs to know of the lab. */
export interface HostSpecContext {
  readonly init: "systemd" | "mini";
  /** Hosts that the lab has already. */
  readonly existing: readonly HostSpec[];
  /** Refuses systemd where it cannot run. */
  readonly systemdProblem: string | undefined;
}

/**
 * Decides what was left open: addresses, init, defaults.
 *
 * @throws LabError LAB_INVALID for a bad or double name or address, LAB_UNAVAILABLE for systemd where it cannot run
 */
export function hostSpecs(hosts: readonly (string | HostOptions)[], context: HostSpecContext): readonly HostSpec[] {
  const wanted = hosts.map((host) => (typeof host === "string" ? { name: host } : host));
  const names = new Set(context.existing.map((host) => host.name));
  const addresses = new Set([deployerAddress, ...context.existing.map((host) => host.address)]);
  for (const host of wanted) {
    checkHost(host);
    if (names.has(host.name)) throw invalid(`the lab has two hosts named ${host.name}`);
    names.add(host.name);
    const fixed = host.address ?? homelab[host.name];
    if (fixed === undefined) continue;
    if (addresses.has(fixed)) throw invalid(`the lab has ${fixed} twice; the second time for ${host.name}`);
    addresses.add(fixed);
  }
  const free = freeAddresses(addresses);
  return wanted.map((host, index) => ({
    name: host.name,
    address: host.address ?? homelab[host.name] ?? free(),
    cable: `v${context.existing.length + index}`,
    storeSizeMiB: host.storeSizeMiB,
    requireSignatures: host.requireSignatures ?? false,
    init: initOf(host, context),
    sudo: host.sudo ?? "nopasswd",
    daemon: host.daemon ?? true,
  }));
}

function initOf(host: HostOptions, { init, systemdProblem }: HostSpecContext): "systemd" | "mini" {
  if (host.init === undefined || host.init === "auto") return init;
  if (host.init === "systemd" && systemdProblem !== undefined)
    throw new LabError("LAB_UNAVAILABLE", `${host.name} cannot boot systemd here: ${systemdProblem}`, {
      hint: 'Use init "auto" or "mini", or see `lab doctor`.',
    });
  return host.init;
}

function checkHost(host: HostOptions): void {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(host.name))
    throw invalid(`${JSON.stringify(host.name)} is no host name: use small letters, digits and inner hyphens`);
  if (host.address !== undefined && !isLabAddress(host.address))
    throw invalid(
      `${host.name} cannot have the address ${host.address}: the lab's network is 10.0.0.0/${prefixLength}`,
    );
  if (host.storeSizeMiB !== undefined && (!Number.isInteger(host.storeSizeMiB) || host.storeSizeMiB < 1))
    throw invalid(`${host.name} cannot have a store of ${host.storeSizeMiB} MiB`);
}

function isLabAddress(address: string): boolean {
  const match = /^10\.0\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  if (match === null) return false;
  const [third, fourth] = [Number(match[1]), Number(match[2])];
  const edge = (third === 0 && fourth === 0) || (third === 255 && fourth === 255);
  return third < 256 && fourth < 256 && !edge && address === `10.0.${third}.${fourth}`;
}

function freeAddresses(taken: Set<string>): () => string {
  let next = 10;
  return () => {
    for (;;) {
      const address = `10.0.${21 + Math.floor(next / 250)}.${next % 250}`;
      next += 1;
      if (address.endsWith(".0") || taken.has(address)) continue;
      taken.add(address);
      return address;
    }
  };
}

function invalid(message: string): LabError {
  return new LabError("LAB_INVALID", message);
}
