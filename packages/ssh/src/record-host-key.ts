import { createHmac, randomBytes } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";

import { formatPublicKey } from "./public-key.ts";
import type { PublicKey } from "./public-key.ts";

/** What to write for a host; see {@link recordHostKey}. */
export interface HostKeyRecord {
  /** "host", or "[host]:port" off port 22. */
  readonly name: string;
  readonly key: PublicKey;
  /** Write a hash instead of the name, as `HashKnownHosts` asks for. */
  readonly hashed: boolean;
}

/**
 * Adds a line to a known_hosts file, in one write at its end, so that neighbours who do the same lose nothing. A new
 * file gets the mode 0600, an old one keeps its own.
 */
export async function recordHostKey(file: string, record: HostKeyRecord): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, "a+", 0o600);
  try {
    const { size } = await handle.stat();
    const last = size === 0 ? "\n" : (await handle.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString("latin1");
    await handle.appendFile(`${last === "\n" ? "" : "\n"}${knownHostsLine(record)}\n`);
  } finally {
    await handle.close();
  }
}

/** A line of a known_hosts file, without its end. */
export function knownHostsLine({ name, key, hashed }: HostKeyRecord): string {
  return `${hashed ? hashedName(name) : name} ${formatPublicKey(key)}`;
}

/** "|1|salt|HMAC-SHA1 of the name", as sshd(8), section SSH_KNOWN_HOSTS FILE FORMAT, has it. */
function hashedName(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}
