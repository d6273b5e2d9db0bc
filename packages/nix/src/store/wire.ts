// How Nix writes numbers and texts, in its archives and to its stores: 64 bits, little end first, and texts behind their
// length, filled up with zeros to a multiple of 8 bytes.

/** A number, a text, or how a program says yes and no. */
export type WireValue = number | string | Uint8Array | boolean;

/** Writes values one behind the other. */
export function wire(...values: readonly WireValue[]): Buffer {
  return Buffer.concat(values.flatMap(piecesOf));
}

/** The pieces of a value: large contents are not copied before they are put together. */
export function piecesOf(value: WireValue): readonly Uint8Array[] {
  if (typeof value === "number" || typeof value === "boolean") return [word(Number(value))];
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  const rest = bytes.length % 8;
  return [word(bytes.length), bytes, ...(rest === 0 ? [] : [zeros.subarray(rest)])];
}

/** How many values follow, and they. */
export function wireList(values: readonly string[]): Buffer {
  return wire(values.length, ...values);
}

const zeros = Buffer.alloc(8);

function word(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
