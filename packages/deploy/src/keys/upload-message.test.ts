import { describe, expect, it } from "vitest";

import { aKey } from "../../tests/support/a-key.ts";
import { MadeKey } from "./made-key.ts";
import { delivery, question } from "./upload-message.ts";
import { sha256 } from "./upload-plan.ts";

describe("what a host reads", () => {
  it("has each value by its size, whatever is in it", () => {
    const value = Buffer.from("2\n/etc/shadow\nroot\n\0");
    const empty = Buffer.from("");
    const keys = [new MadeKey(aKey({ name: "a b" }), value), new MadeKey(aKey({ name: "$(id)", mode: "0640" }), empty)];
    expect(delivery(keys).toString()).toBe(
      `2\n/run/keys/a b\nroot\nroot\n0600\n20\n${sha256(value)}\n${value.toString()}` +
        `/run/keys/$(id)\nroot\nroot\n0640\n0\n${sha256(empty)}\n`,
    );
    expect(question(["/run/keys/a b"]).toString()).toBe("1\n/run/keys/a b\n");
  });

  it.each(["/run/keys/a\n/etc/shadow", "/run/keys/\r", "/run/\0"])("has no path %j", (path) => {
    expect(() => question([path])).toThrow(RangeError);
    expect(() => delivery([new MadeKey(aKey({ path }), Buffer.from("x"))])).toThrow(RangeError);
  });
});
