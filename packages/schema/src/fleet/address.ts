import { isIP, isIPv6 } from "node:net";

import { quoted } from "../complaint.ts";
import type { Complaint } from "../complaint.ts";

/** DNS names and aliases of ssh_config; underscores are no DNS but common in aliases. */
const hostPattern = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]|\.(?!\.))*$/;

/**
 * Why a text cannot be the address of a host, or undefined if it can: an IPv4 or IPv6 address (brackets and
 * a zone are fine), a DNS name, or a `Host` alias of ssh_config.
 */
export function checkAddress(address: string): Complaint | undefined {
  if (address === "") return { message: "the address is empty" };
  const bare = normalizeAddress(address);
  if (isIP(bare) !== 0 || isIPv6WithZone(bare)) return undefined;
  if (/^[\d.]+$/.test(bare)) {
    return { message: `${quoted(address)} is not an IPv4 address`, hint: "write four numbers from 0 to 255" };
  }
  if (bare === address && hostPattern.test(address) && address.length <= 253) return undefined;
  return { message: `${quoted(address)} is not an address`, hint: addressHint(address) };
}

/** An address as ssh takes it: an IPv6 address loses its brackets. */
export function normalizeAddress(address: string): string {
  const match = /^\[(.*)\]$/.exec(address);
  return match?.[1] !== undefined && match[1].includes(":") ? match[1] : address;
}

function isIPv6WithZone(address: string): boolean {
  const match = /^([^%]+)%[A-Za-z0-9._-]+$/.exec(address);
  return match?.[1] !== undefined && isIPv6(match[1]);
}

function addressHint(address: string): string {
  if (/^[a-z+]+:\/\//.test(address)) return "write the machine alone, without ://";
  if (address.includes("@")) return "write the machine alone and the user as deploy.sshUser";
  if (/^\[?[^:]+\]?:\d+$/.test(address) || /\]:\d+$/.test(address)) {
    return "write the machine alone and the port as deploy.port";
  }
  if (address.includes("/")) return "write one machine, without a prefix length or a path";
  return "write an IP address, a DNS name or a Host alias of ssh_config";
}

/** Why a text cannot be ssh's `ProxyJump` (`[user@]host[:port]`, separated by commas), or undefined if it can. */
export function checkJump(jump: string): Complaint | undefined {
  for (const hop of jump.split(",")) {
    const match = /^(?:([^@]*)@)?(\[[^\]]*\]|[^:]*|[^[].*:.*:.*)(?::(\d{1,5}))?$/.exec(hop);
    const [, user, host, port] = match ?? [];
    const right =
      host !== undefined &&
      checkAddress(host) === undefined &&
      (user === undefined || /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(user)) &&
      (port === undefined || (Number(port) >= 1 && Number(port) <= 65_535));
    if (!right) {
      return { message: `${quoted(hop)} is not a jump host`, hint: "write [user@]host[:port], several with commas" };
    }
  }
  return undefined;
}

/** Why a text cannot be an address with or without a port (`host`, `host:22`, `[::1]:22`), or undefined if it can. */
export function checkPlace(place: string): Complaint | undefined {
  const { address, port } = parsePlace(place);
  if (port !== undefined && (port < 1 || port > 65_535)) {
    return { message: `${quoted(place)} has no port`, hint: "a port is a number from 1 to 65535" };
  }
  return checkAddress(address);
}

/** An address and, where the text has one, a port. An IPv6 address has a port only outside of brackets. */
export function parsePlace(place: string): { readonly address: string; readonly port?: number } {
  const [, address, port] = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(place) ?? [];
  if (address === undefined) return { address: normalizeAddress(place) };
  return { address: normalizeAddress(address), port: Number(port) };
}
