import type { Place } from "@flurry/core";

import type { KeyType } from "../sops/master-key.ts";

/** A public key that files are encrypted to. */
export interface PolicyKey {
  readonly type: KeyType;
  /** As files of SOPS name it: an age or ssh recipient, a PGP fingerprint, the ARN or URL of a key of a cloud. */
  readonly id: string;
  /** Where it is written. */
  readonly place?: Place;
}

/** What makes two keys the same: of an ssh key the key and not its comment, of a PGP fingerprint not its case. */
export function canonicalKey({ type, id }: { readonly type: KeyType; readonly id: string }): string {
  if (type === "pgp") return `pgp ${id.replaceAll(" ", "").toUpperCase()}`;
  // SOPS writes the address of a vault with or without its last slash.
  if (type === "azure_kv") return `azure_kv ${id.trim().replace(/^([^ ]+?)\/ /, "$1 ")}`;
  const ssh = type === "age" && id.startsWith("ssh-") ? /^(ssh-\S+)\s+(\S+)/.exec(id) : null;
  return ssh === null ? `${type} ${id.trim()}` : `age ${ssh[1]} ${ssh[2]}`;
}

type Key = { readonly type: KeyType; readonly id: string };

/**
 * What a file's key is called in policies: by its canonical form, and a key of Azure also without its version. A policy may
 * leave that out, and SOPS then writes the one that was newest.
 */
function policyNames(present: Key): readonly string[] {
  const name = canonicalKey(present);
  const withoutVersion = present.type === "azure_kv" ? /^(\S+ \S+ \S+) \S+$/.exec(name)?.[1] : undefined;
  return withoutVersion === undefined ? [name] : [name, withoutVersion];
}

/** True for the key of a file that a policy's key stands for. */
export function isKeyOfPolicy(present: Key, wanted: Key): boolean {
  return (
    (present.type === wanted.type && present.id === wanted.id) || policyNames(present).includes(canonicalKey(wanted))
  );
}

/** How the keys of a file differ from those of its policy. */
export function keyDifference<Wanted extends Key, Present extends Key>(
  wanted: readonly Wanted[],
  present: readonly Present[],
): { readonly missing: readonly Wanted[]; readonly extra: readonly Present[] } {
  const wantedNames = new Set(wanted.map(canonicalKey));
  const presentNames = new Set(present.flatMap(policyNames));
  return {
    missing: wanted.filter((key) => !presentNames.has(canonicalKey(key))),
    extra: present.filter((key) => !policyNames(key).some((name) => wantedNames.has(name))),
  };
}

/** A key as people are shown it: its beginning and end. */
export function shortKey({ type, id }: { readonly type: KeyType; readonly id: string }): string {
  const ssh = /^(ssh-\S+)\s+(\S+)(?:\s+(.+))?$/.exec(id);
  if (ssh !== null) return `${ssh[1]} …${(ssh[2] ?? "").slice(-8)}${ssh[3] === undefined ? "" : ` ${ssh[3]}`}`;
  if (type === "age") return id.length <= 24 ? id : `${id.slice(0, 10)}…${id.slice(-6)}`;
  if (type === "pgp") return `pgp …${id.slice(-8)}`;
  return `${type} ${id.length <= 40 ? id : `…${id.slice(-32)}`}`;
}

/** True for an ssh key itself, which only holders of the ssh private key can use; not for one that was converted. */
export function isSshForm({ type, id }: { readonly type: KeyType; readonly id: string }): boolean {
  return type === "age" && id.trim().startsWith("ssh-");
}

/** True for the fingerprint of a PGP key, as opposed to a recipient of age. */
export function isPgpFingerprint(text: string): boolean {
  return /^[0-9A-Fa-f]{40}$/.test(text.replaceAll(" ", ""));
}

/** The key for a text that may be a recipient of age, an ssh key or a PGP fingerprint; undefined for anything else. */
export function keyOfText(text: string): PolicyKey | undefined {
  if (isPgpFingerprint(text)) return { type: "pgp", id: text.replaceAll(" ", "") };
  return /^(?:age1[a-z0-9-]+|ssh-[\w-]+ \S+(?: .*)?)$/.test(text) ? { type: "age", id: text } : undefined;
}
