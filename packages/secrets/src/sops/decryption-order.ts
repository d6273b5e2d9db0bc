import { FlurryError } from "@flurry/core";

import { keyTypes } from "./master-key.ts";
import type { KeyOpener, KeyType } from "./master-key.ts";

/**
 * Reads the kinds of keys that are to be tried first, as SOPS_DECRYPTION_ORDER has them: `pgp,age`.
 *
 * @throws FlurryError FLURRY_USAGE for a kind that there is not, and for one that is named twice
 */
export function parseDecryptionOrder(text: string): readonly KeyType[] {
  const order: KeyType[] = [];
  for (const word of text.split(",").map((one) => one.trim())) {
    const type = keyTypes.find((known) => known === word);
    if (type === undefined || order.includes(type))
      throw new FlurryError(
        "FLURRY_USAGE",
        `SOPS_DECRYPTION_ORDER ${type === undefined ? "has the unknown kind of key" : "twice has"} ${JSON.stringify(word)}`,
        { hint: `It is a list such as age,pgp of ${keyTypes.join(", ")}.` },
      );
    order.push(type);
  }
  return order;
}

/** Openers that are tried in an order of kinds, and within a kind as before; kinds that it does not name come last. */
export function inDecryptionOrder(openers: readonly KeyOpener[], order: readonly KeyType[]): KeyOpener[] {
  return openers.map((opener) => {
    const found = order.indexOf(opener.type);
    const before = 1000 * (found === -1 ? order.length : found);
    return { type: opener.type, rank: (key) => before + opener.rank(key), open: (key) => opener.open(key) };
  });
}
