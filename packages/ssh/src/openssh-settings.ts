import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { ResolvedSshOptions } from "./options.ts";
import { parsePublicKey } from "./public-key.ts";
import { knownHostsLine } from "./record-host-key.ts";
import type { SshContext, SshTarget } from "./target.ts";

/** What an `ssh` gets that nobody sits at: it does nothing but connect, and notices a dead peer. */
export function unattendedSettings(context: SshContext, resolved: ResolvedSshOptions): readonly string[] {
  const connectMs = context.connectTimeoutMs ?? resolved.connectTimeoutMs ?? 15_000;
  const aliveMs = context.keepaliveMs ?? resolved.serverAliveIntervalMs ?? 15_000;
  return [
    "RemoteCommand=none",
    "RequestTTY=no",
    "ClearAllForwardings=yes",
    `ConnectTimeout=${seconds(connectMs)}`,
    `ServerAliveInterval=${seconds(aliveMs)}`,
    `ServerAliveCountMax=${resolved.serverAliveCountMax}`,
  ];
}

/** Our policy on host keys in OpenSSH's words. */
export function hostKeySettings(resolved: ResolvedSshOptions, pinnedKeysFile: string | undefined): readonly string[] {
  // Under "no" OpenSSH would go on with a changed key; "accept-new" is as far as we go.
  if (pinnedKeysFile === undefined)
    return [`StrictHostKeyChecking=${resolved.strictHostKeyChecking === "strict" ? "yes" : "accept-new"}`];
  return [
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${pinnedKeysFile}`,
    "GlobalKnownHostsFile=none",
    "UpdateHostKeys=no",
    "CheckHostIP=no",
  ];
}

/** Writes a known_hosts file that has the pinned keys of a target alone, and further lines. */
export async function writePinnedKeys(
  directory: string,
  target: SshTarget,
  resolved: ResolvedSshOptions,
  more: readonly string[] = [],
): Promise<string> {
  const file = join(directory, "known_hosts");
  const lines = (target.hostKeys ?? []).map((line) =>
    knownHostsLine({ name: resolved.hostKeyName, key: parsePublicKey(line), hashed: false }),
  );
  await writeFile(file, `${[...lines, ...more].join("\n")}\n`, { mode: 0o600 });
  return file;
}

function seconds(ms: number): number {
  return Math.max(1, Math.round(ms / 1000));
}
