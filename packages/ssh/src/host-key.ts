import type { OpensshAnswers } from "./answers.ts";
import type { KnownHostsEntry } from "./known-hosts.ts";
import { findKnownHosts } from "./known-hosts.ts";
import type { ResolvedSshOptions } from "./options.ts";
import { parsePublicKey } from "./public-key.ts";
import type { PublicKey } from "./public-key.ts";
import { isRevokedIn } from "./revoked-keys.ts";

/** What is known of a host's keys before it shows one. */
export interface HostKeyKnowledge {
  /** Keys that the caller named; when there are any, no others are right. */
  readonly pinned: readonly PublicKey[];
  /** What the known_hosts files say. */
  readonly entries: readonly KnownHostsEntry[];
}

/** What to think of a key that a host shows. */
export type HostKeyVerdict =
  | { readonly status: "trusted" }
  /** Unknown, and the policy is to take it and remember it. */
  | { readonly status: "new" }
  | { readonly status: "unknown"; readonly authorities: readonly KnownHostsEntry[] }
  | { readonly status: "changed"; readonly known: readonly KnownHostsEntry[] }
  | { readonly status: "not-pinned" }
  | { readonly status: "revoked"; readonly by: string };

/** How to look; see {@link lookUpHostKeys}. */
export interface LookUpHostKeysOptions {
  readonly hostKeys: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly answers?: OpensshAnswers | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Gathers what is known of a host's keys. The files are read even where keys are pinned, since they may revoke them.
 *
 * @throws FlurryError FLURRY_SSH_CONFIG_INVALID for a pinned key that is none and for an unreadable file
 */
export async function lookUpHostKeys(
  options: ResolvedSshOptions,
  { hostKeys, ...how }: LookUpHostKeysOptions,
): Promise<HostKeyKnowledge> {
  const pinned = hostKeys.map(parsePublicKey);
  const files = [...options.userKnownHostsFiles, ...options.globalKnownHostsFiles];
  return { pinned, entries: await findKnownHosts(options.hostKeyName, files, how) };
}

/** What {@link judgeHostKey} judges by. */
export interface HostKeyCase {
  readonly key: PublicKey;
  readonly knowledge: HostKeyKnowledge;
  readonly options: Pick<ResolvedSshOptions, "strictHostKeyChecking" | "revokedHostKeysFile">;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/**
 * Judges a key that a host shows. A revoked key and a changed one are never trusted, whatever the policy.
 *
 * @throws FlurryError FLURRY_SSH_CONFIG_INVALID when a list of revoked keys cannot be read
 */
export async function judgeHostKey({ key, knowledge, options, ...how }: HostKeyCase): Promise<HostKeyVerdict> {
  const revoked = knowledge.entries.find((entry) => entry.marker === "revoked" && same(entry.key, key));
  if (revoked !== undefined) return { status: "revoked", by: `${revoked.file}:${revoked.line}` };
  const { revokedHostKeysFile: file } = options;
  if (file !== undefined && (await isRevokedIn(file, key, how))) return { status: "revoked", by: file };
  return judgeUnrevoked(key, knowledge, options);
}

function judgeUnrevoked(
  key: PublicKey,
  { pinned, entries }: HostKeyKnowledge,
  { strictHostKeyChecking }: HostKeyCase["options"],
): HostKeyVerdict {
  if (pinned.length > 0) return pinned.some((pin) => same(pin, key)) ? { status: "trusted" } : { status: "not-pinned" };
  const known = entries.filter((entry) => entry.marker === "plain");
  if (known.some((entry) => same(entry.key, key))) return { status: "trusted" };
  // Known types are asked for first, so that a key of another type is no less a change than another key.
  if (known.length > 0) return { status: "changed", known };
  if (strictHostKeyChecking !== "strict") return { status: "new" };
  return { status: "unknown", authorities: entries.filter((entry) => entry.marker === "cert-authority") };
}

/** The types of the keys that would be trusted. */
export function trustedKeyTypes({ pinned, entries }: HostKeyKnowledge): ReadonlySet<string> {
  const keys = pinned.length > 0 ? pinned : entries.filter((entry) => entry.marker === "plain").map(({ key }) => key);
  return new Set(keys.map(({ type }) => type));
}

function same(one: PublicKey, other: PublicKey): boolean {
  return one.blob.equals(other.blob);
}
