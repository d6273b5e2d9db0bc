import { hash } from "node:crypto";

import { openText, sealer } from "./cipher.ts";
import { scalarBytes } from "./scalar-bytes.ts";
import type { Scalar } from "./tree.ts";

/** SHA-256 of `sops`: begins the MAC of files that authenticate encrypted values only. */
const onlyEncryptedStart = Buffer.from("8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69", "hex");

/** The running MAC over the values of a file, all documents in order. */
export interface MacBuilder {
  /** @param bytes - those of the scalar, where they are at hand; they must not change until the digest is made */
  add(scalar: Scalar, encrypted: boolean, bytes?: Buffer): void;
  /** 128 upper-case hexadecimal digits. Ends the builder. */
  digest(): string;
}

export function macBuilder(options: { readonly onlyEncrypted: boolean }): MacBuilder {
  // One call for all is several times faster than one for each value.
  const parts: Buffer[] = options.onlyEncrypted ? [onlyEncryptedStart] : [];
  return {
    add: (scalar, encrypted, bytes) => {
      if (scalar.kind === "null" || (options.onlyEncrypted && !encrypted)) return;
      parts.push(bytes ?? scalarBytes(scalar));
    },
    digest: () => hash("sha512", Buffer.concat(parts), "hex").toUpperCase(),
  };
}

/** Seals a MAC; it is bound to the time of the last change. */
export function sealMac(mac: string, dataKey: Uint8Array, lastModified: string): string {
  return sealer(dataKey).value({ kind: "str", value: mac }, lastModified);
}

/** The MAC of a file, or undefined when it was not sealed with this data key and time. */
export function openMac(sealed: string, dataKey: Uint8Array, lastModified: string): string | undefined {
  if (sealed === "") return undefined;
  const opened = openText(sealed, dataKey, lastModified);
  return opened?.kind === "value" && opened.scalar.kind === "str" ? opened.scalar.value : undefined;
}
