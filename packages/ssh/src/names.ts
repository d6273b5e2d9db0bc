import { isIPv6 } from "node:net";

import { FlurryError } from "@flurry/core";

/** One stop on the way to a host. */
export interface JumpHost {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
}

const hostPattern = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?$/;
const userPattern = /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,254}$/;
const zonePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/**
 * Refuses what is no host name, address or `Host` alias: such a text could be read as an option by `ssh`, or as
 * something else by a shell that a ProxyCommand goes through.
 *
 * @returns the name, without brackets around an IPv6 address
 * @throws FlurryError FLURRY_SSH_UNSAFE_NAME
 */
export function checkHostName(text: string): string {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (isIpv6(bare) || (bare === text && hostPattern.test(text))) return bare;
  throw new FlurryError("FLURRY_SSH_UNSAFE_NAME", `${JSON.stringify(text)} is not a host name or an IP address`, {
    hint: hostHint(text),
  });
}

/**
 * Refuses what is no user name.
 *
 * @throws FlurryError FLURRY_SSH_UNSAFE_NAME
 */
export function checkUserName(text: string): string {
  if (userPattern.test(text)) return text;
  throw new FlurryError("FLURRY_SSH_UNSAFE_NAME", `${JSON.stringify(text)} is not a user name`, {
    hint: "A user name begins with a letter, a digit or _ and goes on with letters, digits and _ . + -.",
  });
}

/**
 * Refuses what is no TCP port.
 *
 * @throws FlurryError FLURRY_SSH_CONFIG_INVALID
 */
export function checkPort(port: number): number {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new FlurryError("FLURRY_SSH_CONFIG_INVALID", `${port} is not a port`, {
    hint: "A port is a whole number from 1 to 65535.",
  });
}

/**
 * Reads jump hosts as `ssh -J` and `ProxyJump` take them: `[user@]host[:port]` or `ssh://[user@]host[:port]`, several
 * separated by commas, the one that is reached first in front. "none" means no jump.
 *
 * @throws FlurryError FLURRY_SSH_UNSAFE_NAME, FLURRY_SSH_CONFIG_INVALID
 */
export function parseJumpHosts(text: string): readonly JumpHost[] {
  return text.trim().toLowerCase() === "none" ? [] : text.split(",").map((part) => parseJumpHost(part.trim()));
}

/** The inverse of {@link parseJumpHosts}. */
export function formatJumpHosts(jumps: readonly JumpHost[]): string {
  return jumps.map(({ user, host, port }) => userAtHost(user, port === undefined ? host : hostPort(host, port))).join();
}

/** True for an IPv6 address, with or without a zone ("fe80::1%eth0"). */
function isIpv6(text: string): boolean {
  const percent = text.indexOf("%");
  if (percent === -1) return isIPv6(text);
  return isIPv6(text.slice(0, percent)) && zonePattern.test(text.slice(percent + 1));
}

/** "host:22", or "[::1]:22" for an IPv6 address. */
export function hostPort(host: string, port: number): string {
  return `${bracketed(host)}:${port}`;
}

/** An IPv6 address in brackets, anything else as it is. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** "user@host", or the host alone when there is no user. */
export function userAtHost(user: string | undefined, host: string): string {
  return user === undefined ? host : `${user}@${host}`;
}

function parseJumpHost(text: string): JumpHost {
  const rest = text.startsWith("ssh://") ? text.slice("ssh://".length) : text;
  const at = rest.lastIndexOf("@");
  const user = at === -1 ? {} : { user: checkUserName(rest.slice(0, at)) };
  const place = rest.slice(at + 1);
  // An IPv6 address has colons of its own; it has a port only outside of brackets.
  const [, host = place, port] = (isIpv6(place) ? null : /^(.*):(\d+)$/.exec(place)) ?? [];
  // `ssh -G` puts names in brackets as well.
  const bare = /^\[([^:]*)\]$/.exec(host)?.[1] ?? host;
  return { ...user, host: checkHostName(bare), ...(port === undefined ? {} : { port: checkPort(Number(port)) }) };
}

function hostHint(text: string): string {
  if (text.includes("@")) return "Give the user apart from the address.";
  if (/:\d+$/.test(text)) return "Give the port apart from the address.";
  return "A host name has only letters, digits and . - _ and does not begin with a dash; write an international one in its xn-- form.";
}
