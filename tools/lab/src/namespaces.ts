import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";

import { runProcess } from "@flurry/core";

import { LabError } from "./lab-error.ts";

/**
 * How the ids of a lab relate to those of the machine:
 * - `identity`: started as root; a user namespace with the same ids, so that a host is not root on the machine's kernel
 * - `subuid`: started by a user with a range in /etc/subuid
 * - `single`: started by a user without; one id, and sshd under a seccomp filter. No user `deploy`, no sudo
 * - `none`: started as root where the kernel has no user namespaces; a host is root on the machine
 */
export type IdMapping =
  | { readonly kind: "identity"; readonly count: number }
  | { readonly kind: "subuid"; readonly uidStart: number; readonly gidStart: number; readonly count: number }
  | { readonly kind: "single" }
  | { readonly kind: "none" };

/** What {@link chooseIdMapping} decides on. */
export interface IdMappingFacts {
  readonly uid: number;
  readonly userNamespaces: boolean;
  /** How many ids from 0 on this process' own user namespace maps. */
  readonly mappedIds: number;
  readonly newuidmap: boolean;
  readonly subuid: IdRange | undefined;
  readonly subgid: IdRange | undefined;
}

/** A range of subordinate ids, as /etc/subuid gives it. */
export interface IdRange {
  readonly start: number;
  readonly count: number;
}

/**
 * The safest way that works.
 *
 * @throws LabError LAB_UNAVAILABLE when there is none
 */
export function chooseIdMapping(facts: IdMappingFacts): IdMapping {
  const { uid, userNamespaces, mappedIds, newuidmap, subuid, subgid } = facts;
  if (uid === 0) return userNamespaces && mappedIds >= 1001 ? { kind: "identity", count: mappedIds } : { kind: "none" };
  if (!userNamespaces)
    throw new LabError("LAB_UNAVAILABLE", "this user may not make namespaces with capabilities", {
      hint: "Run the lab as root, or allow user namespaces: sysctl kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0",
    });
  if (newuidmap && subuid !== undefined && subgid !== undefined && Math.min(subuid.count, subgid.count) >= 65_535)
    return { kind: "subuid", uidStart: subuid.start, gidStart: subgid.start, count: 65_535 };
  return { kind: "single" };
}

/** Looks at this machine and chooses; see {@link chooseIdMapping}. */
export async function probeIdMapping(): Promise<IdMapping> {
  const { uid, username } = userInfo();
  const [userNamespaces, newuidmap, uidMap, subuid, subgid] = await Promise.all([
    canMakeUserNamespace(),
    onPath("newuidmap"),
    readFile("/proc/self/uid_map", "utf8"),
    readFile("/etc/subuid", "utf8").catch(() => ""),
    readFile("/etc/subgid", "utf8").catch(() => ""),
  ]);
  return chooseIdMapping({
    uid,
    userNamespaces,
    mappedIds: mappedFromZero(uidMap),
    newuidmap,
    subuid: parseIdRange(subuid, username, uid),
    subgid: parseIdRange(subgid, username, uid),
  });
}

/** The range that /etc/subuid or /etc/subgid gives to a user; see subuid(5). */
export function parseIdRange(text: string, username: string, uid: number): IdRange | undefined {
  for (const line of text.split("\n")) {
    const [owner, start, count] = line.split(":");
    if ((owner === username || owner === String(uid)) && start !== undefined && count !== undefined)
      return { start: Number(start), count: Number(count) };
  }
  return undefined;
}

/** How many ids from 0 on a uid_map covers, at most 65536; see user_namespaces(7). */
export function mappedFromZero(uidMap: string): number {
  for (const line of uidMap.trim().split("\n")) {
    const [inner, , count] = line.trim().split(/\s+/).map(Number);
    if (inner === 0 && count !== undefined) return Math.min(count, 65_536);
  }
  return 0;
}

async function canMakeUserNamespace(): Promise<boolean> {
  // Some systems give a user namespace without capabilities; only a mount tells.
  const probe = await runProcess(
    "unshare",
    ["--map-root-user", "--net", "--mount", "sh", "-c", "mount -t tmpfs probe /mnt"],
    { timeoutMs: 10_000 },
  );
  return probe.exitCode === 0;
}

async function onPath(program: string): Promise<boolean> {
  const found = await runProcess("sh", ["-c", 'command -v "$1"', "sh", program], { timeoutMs: 10_000 });
  return found.exitCode === 0;
}
