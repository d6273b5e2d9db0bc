import { randomBytes } from "node:crypto";

import { FlurryError } from "@flurry/core";

/**
 * Splits a secret into shares of which any `threshold` restore it. A share is one byte of each polynomial at x, then x
 * itself, in the form of HashiCorp Vault's shamir package.
 *
 * @param secret - one polynomial over GF(2^8) is made per byte
 * @throws FlurryError FLURRY_SOPS_SHAMIR_INVALID when the numbers do not fit each other
 */
export function splitSecret(secret: Uint8Array, shares: number, threshold: number): Uint8Array[] {
  if (!(threshold >= 2 && threshold <= shares && shares <= 255) || secret.length === 0) {
    throw new FlurryError("FLURRY_SOPS_SHAMIR_INVALID", `A secret cannot be split ${threshold} of ${shares}`, {
      hint: "The threshold is at least 2 and at most the number of key groups, of which there are at most 255.",
    });
  }
  // Coefficients of x, x^2 … for each byte of the secret.
  const coefficients = randomBytes(secret.length * (threshold - 1));
  return Array.from({ length: shares }, (_, index) => {
    const x = index + 1;
    const share = new Uint8Array(secret.length + 1);
    for (const [at, byte] of secret.entries()) {
      let y = 0;
      for (let power = threshold - 2; power >= 0; power--) {
        y = multiply(y ^ (coefficients[at * (threshold - 1) + power] ?? 0), x);
      }
      share[at] = y ^ byte;
    }
    share[secret.length] = x;
    return share;
  });
}

/**
 * Restores a secret by Lagrange interpolation at zero; with too few shares the result is noise.
 *
 * @throws FlurryError FLURRY_SOPS_SHAMIR_INVALID for shares that do not belong together
 */
export function combineShares(shares: readonly Uint8Array[]): Uint8Array {
  const length = shares[0]?.length ?? 0;
  const xs = shares.map((share) => share.at(-1) ?? 0);
  if (shares.length < 2 || length < 2 || shares.some((share) => share.length !== length)) {
    throw new FlurryError("FLURRY_SOPS_SHAMIR_INVALID", "Shares of a data key are missing or of different lengths");
  }
  if (xs.includes(0) || new Set(xs).size !== xs.length) {
    throw new FlurryError("FLURRY_SOPS_SHAMIR_INVALID", "Two key groups hold the same share of the data key");
  }
  const weights = xs.map((x, i) =>
    xs.reduce((weight, other, j) => (i === j ? weight : multiply(weight, multiply(other, inverse(other ^ x)))), 1),
  );
  const secret = new Uint8Array(length - 1);
  for (const [i, share] of shares.entries()) {
    for (let at = 0; at < secret.length; at++) {
      secret[at] = (secret[at] ?? 0) ^ multiply(share[at] ?? 0, weights[i] ?? 0);
    }
  }
  return secret;
}

/** Multiplies in GF(2^8) modulo x^8+x^4+x^3+x+1, without branches or tables that would depend on the secret. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = ((product << 1) ^ (-(product >> 7) & 0x11b)) & 0xff;
    product ^= a & -((b >> bit) & 1);
  }
  return product & 0xff;
}

/** a^254, which is the inverse as the group has 255 elements. */
function inverse(a: number): number {
  let result = a;
  for (let step = 0; step < 6; step++) result = multiply(multiply(result, result), a);
  return multiply(result, result);
}
