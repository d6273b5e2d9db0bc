import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError, runProcess, tempDir } from "@flurry/core";

import type { FindKnownHostsOptions } from "./known-hosts.ts";
import { formatPublicKey, readPublicKey } from "./public-key.ts";
import type { PublicKey } from "./public-key.ts";

const krlMagic = Buffer.from("SSHKRL\n\0", "latin1");

/**
 * Whether a key is in a `RevokedHostKeys` file: a list of public keys, or a key revocation list in OpenSSH's binary
 * format (PROTOCOL.krl), which `ssh-keygen -Q` reads.
 *
 * @throws FlurryError FLURRY_SSH_CONFIG_INVALID when the file cannot be read: then no key can be trusted
 */
export async function isRevokedIn(file: string, key: PublicKey, options: FindKnownHostsOptions): Promise<boolean> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw unreadable(file, cause instanceof Error ? cause.message : String(cause), cause);
  });
  if (bytes.subarray(0, krlMagic.length).equals(krlMagic)) return isInKrl(file, key, options);
  return bytes
    .toString("utf8")
    .split("\n")
    .some((line) => {
      const words = line.trim().split(/\s+/);
      return readPublicKey(words[0] ?? "", words[1] ?? "")?.blob.equals(key.blob) === true;
    });
}

async function isInKrl(file: string, key: PublicKey, { env, signal }: FindKnownHostsOptions): Promise<boolean> {
  await using dir = await tempDir("flurry-host-key");
  const keyFile = join(dir.path, "key.pub");
  await writeFile(keyFile, `${formatPublicKey(key)}\n`);
  const { exitCode, stdout, stderr } = await runProcess("ssh-keygen", ["-Q", "-f", file, keyFile], {
    env,
    timeoutMs: 20_000,
    ...(signal === undefined ? {} : { signal }),
  });
  if (exitCode === 0) return false;
  if (/: REVOKED\s*$/m.test(stdout)) return true;
  throw unreadable(file, stderr.trim() || stdout.trim());
}

function unreadable(file: string, why: string, cause?: unknown): FlurryError {
  return new FlurryError("FLURRY_SSH_CONFIG_INVALID", `the list of revoked host keys could not be read: ${why}`, {
    place: { file },
    cause,
    hint: "No host key is trusted without it; make it readable or take RevokedHostKeys out of the OpenSSH configuration.",
  });
}
