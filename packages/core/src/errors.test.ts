import { describe, expect, it } from "vitest";

import { FlurryError } from "./errors.ts";

describe("FlurryError", () => {
  it("survives a trip through JSON with everything it carries", () => {
    const error = new FlurryError("FLURRY_EVAL_FAILED", "attribute 'x' missing", {
      hint: "define x",
      host: "nas",
      place: { file: "flake.nix", line: 3, column: 7 },
      details: "trace",
      cause: new FlurryError("FLURRY_TIMEOUT", "late", { cause: new Error("inner") }),
    });
    const copy = FlurryError.fromJSON(JSON.parse(JSON.stringify(error)));
    expect(copy.toJSON()).toEqual(error.toJSON());
    expect(FlurryError.is(copy.cause)).toBe(true);
    expect(copy).toMatchObject({ code: "FLURRY_EVAL_FAILED", host: "nas", hint: "define x" });
  });

  it("is recognised across copies of the package by its brand, not its class", () => {
    const foreign = Object.assign(new Error("x"), { [Symbol.for("flurry.error")]: true });
    expect(FlurryError.is(foreign)).toBe(true);
    expect(FlurryError.is(new Error("x"))).toBe(false);
    expect(FlurryError.is({ code: "FLURRY_TIMEOUT" })).toBe(false);
  });

  it.each([
    [new Error("boom"), "boom"],
    ["text", "text"],
    [{ a: 1 }, '{"a":1}'],
  ])("calls anything else a bug, with its message: %s", (thrown, message) => {
    const error = FlurryError.from(thrown);
    expect(error).toMatchObject({ code: "FLURRY_INTERNAL", message, cause: thrown });
    expect(error.hint).toContain("bug");
  });

  it("names a host only once", () => {
    const error = new FlurryError("FLURRY_TIMEOUT", "late").withHost("nas");
    expect(error.host).toBe("nas");
    expect(error.withHost("compute").host).toBe("nas");
  });
});
