import type { MapNode } from "./tree.ts";

/** Lists of master keys in the metadata of a file, in the order in which SOPS writes them since 3.13. */
export const keyTypes = ["age", "azure_kv", "gcp_kms", "hc_vault", "hckms", "kms", "pgp"] as const;

export type KeyType = (typeof keyTypes)[number];

/** A data key (or a share of it) as it is wrapped for one recipient. */
export interface MasterKey {
  readonly type: KeyType;
  /** The age or ssh recipient, the PGP fingerprint, the ARN or URL of a key of a cloud. */
  readonly id: string;
  /** The wrapped key, as the file has it. */
  readonly enc: string;
  /** RFC 3339; when it was wrapped. Written for a new PGP key, where SOPS expects it. */
  readonly createdAt?: string;
  /** All fields as they stand in the file, so that nothing gets lost that only another program understands. */
  readonly source?: MapNode;
}

/** Master keys of which any one opens the same share. */
export type KeyGroup = readonly MasterKey[];

/** What can open wrapped keys: a set of private keys. */
export interface KeyOpener {
  readonly type: KeyType;
  /** Smaller comes first; keys that surely fit are tried before those that may. */
  rank(key: MasterKey): number;
  /**
   * @returns null when none of the private keys fits
   * @throws FlurryError when one fits but the wrapped key is damaged
   */
  open(key: MasterKey): Uint8Array | null | Promise<Uint8Array | null>;
}

/** A recipient for whom a data key can be wrapped. */
export interface KeyWrapper {
  readonly type: KeyType;
  readonly id: string;
  wrap(share: Uint8Array): string | Promise<string>;
}

/** Names a key within a file: two with the same name are the same recipient. */
export function keyName(key: { readonly type: KeyType; readonly id: string }): string {
  return `${key.type} ${key.id}`;
}
