import { isIP, isIPv4 } from "node:net";

import type { BootLoader, StaticNetwork } from "@flurry/render";
import * as z from "zod";

import { factMark } from "./facts-script.ts";

/** What a running machine says of itself; undefined is what it could not say. */
export interface MachineFacts {
  /** The Nix system, for example `x86_64-linux`. */
  readonly system: string | undefined;
  readonly boot: BootLoader;
  readonly vendor: string | undefined;
  readonly product: string | undefined;
  readonly version: string | undefined;
  readonly cpu: "intel" | "amd" | undefined;
  /** The release that it was installed with, or that it runs: `24.11`. */
  readonly release: string | undefined;
  /** Its fixed address; undefined where a DHCP server gave it. */
  readonly network: StaticNetwork | undefined;
  /** What `nixos-generate-config --show-hardware-config` printed. */
  readonly hardware: string | undefined;
  /** The report of nixos-facter, as JSON. */
  readonly facter: string | undefined;
}

/**
 * Reads what the script of facts printed.
 *
 * @param addresses - under which the machine was reached
 */
export function readFacts(output: string, addresses: readonly string[]): MachineFacts {
  const facts = factTexts(output);
  const text = (name: string): string | undefined => {
    const value = facts.get(name)?.trim();
    return value === undefined || value === "" ? undefined : value;
  };
  const hardware = text("hardware");
  return {
    system: systemOf(text("machine")),
    boot: bootLoader(text("firmware"), text("disk")),
    vendor: text("vendor"),
    product: text("product"),
    version: text("version"),
    cpu: { GenuineIntel: "intel" as const, AuthenticAMD: "amd" as const }[text("cpu") ?? ""],
    release: releaseIn(text("installed")) ?? releaseIn(text("release")),
    network: withNameservers(fixedAddress(text("addresses"), text("routes"), addresses), text("nameservers")),
    hardware: hardware !== undefined && looksLikeModule(hardware) ? `${hardware}\n` : undefined,
    facter: text("facter"),
  };
}

function factTexts(output: string): ReadonlyMap<string, string> {
  const [, ...parts] = output.replaceAll("\r\n", "\n").split(`\n${factMark}`);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf("==\n");
      return end === -1 ? [part.replace(/==$/, ""), ""] : [part.slice(0, end), part.slice(end + 3)];
    }),
  );
}

function systemOf(machine: string | undefined): string | undefined {
  if (machine === undefined || !/^[a-z0-9_]+$/.test(machine)) return undefined;
  return `${/^i[3-6]86$/.test(machine) ? "i686" : machine}-linux`;
}

function bootLoader(firmware: string | undefined, disk: string | undefined): BootLoader {
  if (firmware === "uefi") return { kind: "systemd-boot" };
  return disk !== undefined && /^\/dev\/[\w/-]+$/.test(disk) ? { kind: "grub", device: disk } : { kind: "none" };
}

function releaseIn(text: string | undefined): string | undefined {
  return /^(\d\d\.\d\d)/.exec(text ?? "")?.[1];
}

function looksLikeModule(text: string): boolean {
  return text.length < 256 * 1024 && text.includes("{") && text.trimEnd().endsWith("}");
}

const addressesSchema = z.array(
  z.object({
    ifname: z.string().regex(/^[\w.-]{1,15}$/),
    addr_info: z
      .array(
        z.object({
          family: z.string(),
          local: z.string().optional(),
          prefixlen: z.int().min(0).max(128),
          dynamic: z.boolean().optional(),
        }),
      )
      .default([]),
  }),
);
const routesSchema = z.array(z.object({ gateway: z.string().optional(), dev: z.string().optional() }));

function fixedAddress(
  addresses: string | undefined,
  routes: string | undefined,
  reached: readonly string[],
): StaticNetwork | undefined {
  const interfaces = addressesSchema.safeParse(jsonOf(addresses)).data ?? [];
  for (const { ifname, addr_info: infos } of interfaces)
    for (const { family, local, prefixlen, dynamic } of infos) {
      if (family !== "inet" || local === undefined || !isIPv4(local) || !reached.includes(local)) continue;
      // The address has a lease: whoever gave it will give it again.
      if (dynamic === true) return undefined;
      const route = (routesSchema.safeParse(jsonOf(routes)).data ?? []).find(({ dev }) => dev === ifname);
      const gateway = route?.gateway !== undefined && isIPv4(route.gateway) ? { gateway: route.gateway } : {};
      return { interface: ifname, address: local, prefixLength: prefixlen, ...gateway };
    }
  return undefined;
}

/** As many as a resolver asks; one on the machine itself is made anew by its configuration. */
function withNameservers(network: StaticNetwork | undefined, said = ""): StaticNetwork | undefined {
  const isElsewhere = (word: string): boolean => isIP(word) !== 0 && !/^(?:127\.|::1$)/.test(word);
  const nameservers = [...new Set(said.split(/\s+/).filter(isElsewhere))].slice(0, 3);
  return network === undefined || nameservers.length === 0 ? network : { ...network, nameservers };
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
}
