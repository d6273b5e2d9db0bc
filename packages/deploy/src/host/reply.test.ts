import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { numberFact, parseReply, storePathFact } from "./reply.ts";

describe("the supervisor's reply", () => {
  it("tells facts from what other programs printed", () => {
    const reply = parseReply(
      "motd of the host\n@flurry current=/nix/store/x\n@flurry failed_unit=a.service\n@flurry failed_unit=b.service\n@flurry reason=a=b c\n@flurry empty=\n",
    );
    expect(reply.one("reason")).toBe("a=b c");
    expect(reply.all("failed_unit")).toEqual(["a.service", "b.service"]);
    expect(reply.one("empty")).toBeUndefined();
    expect(reply.lines).toEqual(["motd of the host"]);
    expect(reply.spoke).toBe(true);
    expect(parseReply("sh: not found\n").spoke).toBe(false);
  });

  it("takes only store paths for store paths and only numbers for numbers", () => {
    const path = `/nix/store/${"0".repeat(32)}-nixos-system`;
    const reply = parseReply(`@flurry a=${path}\n@flurry b=/etc\n@flurry n=12\n@flurry m=-p\n`);
    expect(storePathFact(reply, "a")).toBe(path);
    expect(storePathFact(reply, "b")).toBeUndefined();
    expect(numberFact(reply, "n")).toBe(12);
    expect(numberFact(reply, "missing")).toBeUndefined();
    expect(() => numberFact(reply, "m")).toThrow('m is "-p"');
  });

  it("reads back every value that has no line break", () => {
    const value = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !text.includes("\n"));
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const reply = parseReply(values.map((each) => `@flurry key=${each}\n`).join(""));
        expect(reply.all("key")).toEqual(values);
      }),
    );
  });
});
