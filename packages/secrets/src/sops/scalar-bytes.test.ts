import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  formatFloat,
  formatFloatShort,
  normalTime,
  scalarBytes,
  scalarOf,
  typeTag,
  wholeSeconds,
} from "./scalar-bytes.ts";
import type { Scalar } from "./tree.ts";

describe("floats", () => {
  it.each([
    [1, "1", "1"],
    [0, "0", "0"],
    [-0, "-0", "-0"],
    [1.5, "1.5", "1.5"],
    [-0.25, "-0.25", "-0.25"],
    [100000, "100000", "100000"],
    [123456.5, "123456.5", "123456.5"],
    [1e6, "1000000", "1e+06"],
    [1234567, "1234567", "1.234567e+06"],
    [1e21, "1000000000000000000000", "1e+21"],
    [1e-5, "0.00001", "1e-05"],
    [0.0001, "0.0001", "0.0001"],
    [5e-324, `0.${"0".repeat(323)}5`, "5e-324"],
    [1e300, `1${"0".repeat(300)}`, "1e+300"],
    [Infinity, "+Inf", "+Inf"],
    [-Infinity, "-Inf", "-Inf"],
    [NaN, "NaN", "NaN"],
  ])("%d", (value, bytes, short) => {
    expect(formatFloat(value)).toBe(bytes);
    expect(formatFloatShort(value)).toBe(short);
  });

  it("read back as the same number", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(formatFloat(value))).toBe(value);
        expect(Number(formatFloatShort(value))).toBe(value);
        expect(formatFloat(value)).not.toContain("e");
      }),
    );
  });
});

it("every value comes back from its bytes and type", () => {
  const scalar: fc.Arbitrary<Exclude<Scalar, { kind: "null" }>> = fc.oneof(
    fc.string({ unit: "grapheme" }).map((value) => ({ kind: "str", value }) as const),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ kind: "int", value }) as const),
    fc.double({ noDefaultInfinity: false }).map((value) => ({ kind: "float", value }) as const),
    fc.boolean().map((value) => ({ kind: "bool", value }) as const),
    fc
      .constantFrom("2024-01-02T00:00:00Z", "2001-12-14T21:59:43.1-05:00")
      .map((value) => ({ kind: "time", value }) as const),
  );
  fc.assert(
    fc.property(scalar, (value) => {
      expect(scalarOf(typeTag(value), scalarBytes(value))).toEqual(value);
    }),
  );
});

it.each([
  ["int", "9223372036854775808"],
  ["int", "1.0"],
  ["int", ""],
  ["int", "1".repeat(500)],
  ["float", "1e400"],
  ["float", "x"],
  ["float", "1".repeat(3000)],
  ["bool", "yes"],
  ["time", "2024-13-01T00:00:00Z"],
  ["time", "2024-02-30T00:00:00Z"],
  ["time", "2024-01-01"],
  ["comment", "x"],
  ["map", "x"],
])("%s of %j is none", (tag, text) => {
  expect(scalarOf(tag, Buffer.from(text))).toBeUndefined();
});

it("booleans are read in every spelling", () => {
  for (const text of ["1", "t", "T", "TRUE", "true", "True"])
    expect(scalarOf("bool", Buffer.from(text))).toEqual({ kind: "bool", value: true });
  for (const text of ["0", "f", "F", "FALSE", "false", "False"])
    expect(scalarOf("bool", Buffer.from(text))).toEqual({ kind: "bool", value: false });
});

it("times are printed with the shortest fraction, and in whole seconds for the MAC", () => {
  expect(normalTime("2024-01-02T03:04:05.1200Z")).toBe("2024-01-02T03:04:05.12Z");
  expect(normalTime("2024-01-02T03:04:05+00:00")).toBe("2024-01-02T03:04:05Z");
  expect(wholeSeconds("2024-01-02T03:04:05.999+02:00")).toBe("2024-01-02T03:04:05+02:00");
  expect(wholeSeconds("soon")).toBeUndefined();
});
