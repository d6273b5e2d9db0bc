import { createHmac } from "node:crypto";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { hmacSha256 } from "./hmac-sha256.ts";

describe("hmacSha256", () => {
  it("is that of OpenSSL for every key up to a block", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 300 }), (key, message) => {
        const known = createHmac("sha256", key).update(message).digest("hex");
        expect(hmacSha256(key, message).toString("hex")).toBe(known);
      }),
    );
  });

  it("refuses a key that would have to be hashed first", () => {
    expect(() => hmacSha256(new Uint8Array(65), new Uint8Array(0))).toThrow(RangeError);
  });
});
