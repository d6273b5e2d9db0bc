import { valueError } from "./nix-errors.ts";
import { node } from "./node.ts";
import type { NixExpression } from "./syntax.ts";

const smallest = -(2n ** 63n);
const largest = 2n ** 63n - 1n;

/** The smallest float that has full precision; Nix refuses literals below it. */
const smallestNormal = 2.2250738585072014e-308;

/**
 * A number in Nix: whole numbers that fit 64 bits become integers, all others floats.
 *
 * @param where - the number's place in its data, for the error
 * @throws FlurryError FLURRY_NIX_VALUE_INVALID for NaN, infinities and integers of more than 64 bits
 */
export function numberToNix(value: number | bigint, where: string): NixExpression {
  if (typeof value === "bigint") return integer(value, where);
  if (!Number.isFinite(value)) {
    throw valueError(`${where} is ${value}, and Nix has no such number`, "use null, or a text");
  }
  const isInt64 = Number.isInteger(value) && BigInt(value) >= smallest && BigInt(value) <= largest;
  return isInt64 ? integer(BigInt(value), where) : float(value);
}

function integer(value: bigint, where: string): NixExpression {
  if (value < smallest || value > largest) {
    throw valueError(`${where} is ${value}, which does not fit the 64 bits of Nix' integers`, "use a text or a float");
  }
  if (value > smallest) return number(value.toString());
  // Nix reads the minus apart from the digits, which alone would not fit.
  return node({ kind: "binary", operator: "-", left: number((smallest + 1n).toString()), right: number("1") });
}

function float(value: number): NixExpression {
  if (Math.abs(value) < smallestNormal) {
    const fromJson = {
      kind: "select",
      target: node({ kind: "variable", name: "builtins" }),
      path: ["fromJSON"],
    } as const;
    const text = node({ kind: "string", style: "plain", parts: [value.toString()] });
    return node({ kind: "apply", callee: node(fromJson), args: [text] });
  }
  const [mantissa = "", exponent] = value.toString().split("e");
  const whole = mantissa.includes(".") ? mantissa : `${mantissa}.0`;
  return number(exponent === undefined ? whole : `${whole}e${exponent}`);
}

function number(literal: string): NixExpression {
  return node({ kind: "number", literal });
}
