import { createCipheriv, createDecipheriv } from "node:crypto";

import { FlurryError } from "@flurry/core";

import { freshBytes } from "./fresh-bytes.ts";
import { scalarBytes, scalarOf, typeTag } from "./scalar-bytes.ts";
import type { Scalar } from "./tree.ts";

/** What a sealed text holds: a value, or the text of a comment. */
export type Opened =
  | {
      readonly kind: "value";
      readonly scalar: Scalar;
      /** What the MAC is over, where it is known without making it of the scalar. */
      readonly bytes?: Buffer;
    }
  | { readonly kind: "comment"; readonly text: string };

/** The parts of `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`. */
export interface SealedParts {
  readonly data: Buffer;
  readonly iv: Buffer;
  readonly tag: Buffer;
  readonly type: string;
}

const shape =
  /^ENC\[AES256_GCM,data:([A-Za-z0-9+/]+={0,2}),iv:([A-Za-z0-9+/]+={0,2}),tag:([A-Za-z0-9+/]+={0,2}),type:([a-z]+)\]$/;
/** As SOPS writes it. */
const vectorBytes = 32;
const commentEnd = ",type:comment]";

/** The parts of a sealed text, or undefined when the text is not exactly one. */
export function parseSealed(text: string): SealedParts | undefined {
  if (!text.startsWith("ENC[AES256_GCM,")) return undefined;
  const match = shape.exec(text);
  if (match === null) return undefined;
  const [, data, iv, tag, type = ""] = match;
  const parts = [data, iv, tag].map(fromBase64);
  const [dataBytes, ivBytes, tagBytes] = parts;
  if (dataBytes === undefined || ivBytes === undefined || tagBytes === undefined) return undefined;
  // SOPS writes 32 bytes; GCM takes any, but what is far off that is no SOPS file.
  if (ivBytes.length < 8 || ivBytes.length > 64 || tagBytes.length !== 16) return undefined;
  return { data: dataBytes, iv: ivBytes, tag: tagBytes, type };
}

function fromBase64(text: string | undefined): Buffer | undefined {
  // Node skips what it does not understand; the pattern and the length together leave nothing to skip.
  return text === undefined || text.length % 4 !== 0 ? undefined : Buffer.from(text, "base64");
}

/** True for a text that has the form of a sealed value. */
export function isSealed(text: string): boolean {
  return text.startsWith("ENC[AES256_GCM,") && shape.test(text);
}

/** True for a text that has the form of a sealed comment: SOPS writes comments of lists as items. */
export function isSealedComment(text: string): boolean {
  return text.endsWith(commentEnd) && isSealed(text);
}

/**
 * Opens a sealed text. The empty text is the sealed form of the empty string.
 *
 * @param aad - the path of map keys, each followed by a colon
 * @returns undefined when the text is not sealed or does not open with this key and path
 * @throws FlurryError FLURRY_SOPS_VALUE_UNSUPPORTED when it opens but holds no value of its type
 */
export function openText(text: string, dataKey: Uint8Array, aad: string): Opened | undefined {
  if (text === "") return { kind: "value", scalar: { kind: "str", value: "" } };
  const parts = parseSealed(text);
  if (parts === undefined) return undefined;
  const bytes = decrypt(parts, dataKey, aad);
  if (bytes === undefined) return undefined;
  if (parts.type === "comment") return { kind: "comment", text: bytes.toString("utf8") };
  const scalar = scalarOf(parts.type, bytes);
  if (scalar === undefined) {
    throw new FlurryError("FLURRY_SOPS_VALUE_UNSUPPORTED", `The value at ${aad} is not a ${parts.type} as it claims`);
  }
  return scalar.kind === "str" ? { kind: "value", scalar, bytes } : { kind: "value", scalar };
}

function decrypt(parts: SealedParts, dataKey: Uint8Array, aad: string): Buffer | undefined {
  const decipher = createDecipheriv("aes-256-gcm", dataKey, parts.iv, { authTagLength: 16 });
  decipher.setAAD(Buffer.from(aad, "utf8"));
  decipher.setAuthTag(parts.tag);
  try {
    const head = decipher.update(parts.data);
    const tail = decipher.final();
    return tail.length === 0 ? head : Buffer.concat([head, tail]);
  } catch {
    return undefined;
  }
}

/** Seals values of one file with one data key. */
export interface Sealer {
  value(scalar: Exclude<Scalar, { kind: "null" }>, aad: string): string;
  comment(text: string, aad: string): string;
}

/**
 * Seals with fresh initialisation vectors, or with that of `stash` for a value that was there before, so that what does
 * not change stays byte for byte.
 */
export function sealer(dataKey: Uint8Array, stash?: IvStash): Sealer {
  const seal = (bytes: Buffer, type: string, aad: string): string => {
    if (bytes.length === 0) return "";
    const iv = stash?.find(bytes, type, aad) ?? freshBytes(vectorBytes);
    const cipher = createCipheriv("aes-256-gcm", dataKey, iv, { authTagLength: 16 });
    cipher.setAAD(Buffer.from(aad, "utf8"));
    const head = cipher.update(bytes);
    const tail = cipher.final();
    const data = tail.length === 0 ? head : Buffer.concat([head, tail]);
    const tag = cipher.getAuthTag().toString("base64");
    return `ENC[AES256_GCM,data:${data.toString("base64")},iv:${iv.toString("base64")},tag:${tag},type:${type}]`;
  };
  return {
    value: (scalar, aad) => seal(scalarBytes(scalar), typeTag(scalar), aad),
    comment: (text, aad) => seal(Buffer.from(text, "utf8"), "comment", aad),
  };
}

/** The initialisation vectors of the values of a file, found by value and path. */
export interface IvStash {
  add(opened: Opened, sealed: string, aad: string): void;
  find(bytes: Buffer, type: string, aad: string): Buffer | undefined;
}

export function ivStash(): IvStash {
  const vectors = new Map<string, Buffer>();
  const name = (bytes: Buffer, type: string, aad: string): string => `${type}\0${aad}\0${bytes.toString("latin1")}`;
  return {
    add: (opened, sealed, aad) => {
      const iv = parseSealed(sealed)?.iv;
      // Only the length that is also written: a shorter one would lower the margin of random vectors.
      if (iv === undefined || iv.length !== 32) return;
      if (opened.kind === "comment") vectors.set(name(Buffer.from(opened.text), "comment", aad), iv);
      else if (opened.scalar.kind !== "null") {
        vectors.set(name(scalarBytes(opened.scalar), typeTag(opened.scalar), aad), iv);
      }
    },
    find: (bytes, type, aad) => vectors.get(name(bytes, type, aad)),
  };
}
