import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { combineShares, splitSecret } from "./shamir.ts";

describe("shares", () => {
  it("any of the threshold and more restore the secret, fewer do not", () => {
    const counts = fc
      .integer({ min: 2, max: 8 })
      .chain((shares) => fc.tuple(fc.constant(shares), fc.integer({ min: 2, max: shares })));
    fc.assert(
      fc.property(
        counts,
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.infiniteStream(fc.nat()),
        ([count, threshold], secret, random) => {
          const shares = splitSecret(secret, count, threshold);
          expect(shares.every((share, index) => share.length === 33 && share[32] === index + 1)).toBe(true);
          const shuffled = shares
            .map((share) => ({ share, at: random.next().value }))
            .sort((a, b) => a.at - b.at)
            .map(({ share }) => share);
          for (let taken = threshold; taken <= count; taken++) {
            expect(Buffer.from(combineShares(shuffled.slice(0, taken)))).toEqual(Buffer.from(secret));
          }
          // Two shares are the least that can be combined at all.
          const tooFew = threshold === 2 ? undefined : Buffer.from(combineShares(shuffled.slice(0, threshold - 1)));
          expect(tooFew).not.toEqual(Buffer.from(secret));
        },
      ),
    );
  });

  it("are those of Vault's package: x is last, the field that of AES", () => {
    // f(x) = 0x53 + 0xca x, for x = 1 and 2; 0x53 and 0xca are each other's inverse in the field.
    expect(Buffer.from(combineShares([Uint8Array.of(0x99, 1), Uint8Array.of(0x53 ^ 0x8f, 2)]))).toEqual(
      Buffer.of(0x53),
    );
  });
});

it.each([
  ["none", []],
  ["one", [Uint8Array.of(1, 1)]],
  ["two of one group", [Uint8Array.of(1, 1), Uint8Array.of(2, 1)]],
  ["of different lengths", [Uint8Array.of(1, 1), Uint8Array.of(2, 2, 2)]],
  ["without a position", [Uint8Array.of(1, 0), Uint8Array.of(2, 1)]],
])("shares that do not fit are refused: %s", (_, shares) => {
  expect(() => combineShares(shares)).toThrow(expect.objectContaining({ code: "FLURRY_SOPS_SHAMIR_INVALID" }));
});

it.each([
  [1, 1],
  [2, 3],
  [300, 2],
  [3, 1],
])("%d shares with a threshold of %d cannot be made", (count, threshold) => {
  expect(() => splitSecret(Uint8Array.of(1), count, threshold)).toThrow(
    expect.objectContaining({ code: "FLURRY_SOPS_SHAMIR_INVALID" }),
  );
});
