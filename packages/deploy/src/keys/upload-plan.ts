import { createHash } from "node:crypto";

import type { DeploymentKey } from "@flurry/schema";

import type { MadeKey } from "./made-key.ts";

/** A file that a host has where a key belongs. */
export interface FoundKey {
  /** SHA-256 of its content, in hexadecimal digits. */
  readonly sha256: string;
  /** The bits of its mode, without its type. */
  readonly mode: number;
  /** The owner's number and name; a number that has no name has `UNKNOWN`. */
  readonly user: readonly string[];
  readonly group: readonly string[];
}

/** SHA-256 in hexadecimal digits. */
export function sha256(value: Uint8Array): string {
  return createHash("sha256").update(value).digest("hex");
}

/** The keys that a host lacks, or has with another content, mode or owner. */
export function keysToSend(keys: readonly MadeKey[], found: ReadonlyMap<string, FoundKey>): readonly MadeKey[] {
  return keys.filter((made) => {
    const there = found.get(made.key.path);
    return there === undefined || !fits(made.key, there) || there.sha256 !== sha256(made.reveal());
  });
}

function fits({ user, group, mode }: DeploymentKey, found: FoundKey): boolean {
  return found.mode === Number.parseInt(mode, 8) && found.user.includes(user) && found.group.includes(group);
}

/**
 * Reads what a host says of one of the keys it was asked about: its place among them, and
 * `sha256 mode uid user gid group`.
 *
 * @returns undefined for anything else
 */
export function parseFound(line: string): readonly [number, FoundKey] | undefined {
  const parts = /^(\d+) ([0-9a-f]{64}) ([0-7]{1,4}) (\d+) (\S+) (\d+) (\S+)$/.exec(line);
  if (parts === null) return undefined;
  const [, index = "", digest = "", mode = "", uid = "", user = "", gid = "", group = ""] = parts;
  return [Number(index), { sha256: digest, mode: Number.parseInt(mode, 8), user: [uid, user], group: [gid, group] }];
}
