import { normalTime } from "../scalar-bytes.ts";
import type { Scalar } from "../tree.ts";

/*
 * What a plain scalar means to the YAML library of SOPS (go.yaml.in/yaml/v3, resolve.go). It differs from YAML 1.1 and
 * from 1.2, and the MAC of a file depends on it.
 */

const words: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, { kind: "null" }] as const),
  ...["true", "True", "TRUE"].map((word) => [word, { kind: "bool", value: true }] as const),
  ...["false", "False", "FALSE"].map((word) => [word, { kind: "bool", value: false }] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, { kind: "float", value: NaN }] as const),
  ...[".inf", ".Inf", ".INF"].flatMap((word) => [
    [word, { kind: "float", value: Infinity }] as const,
    [`+${word}`, { kind: "float", value: Infinity }] as const,
    [`-${word}`, { kind: "float", value: -Infinity }] as const,
  ]),
]);

const decimal = /^[+-]?(?:0|[1-9][0-9]*)$/;
const octal = /^([+-]?)0[oO]?([0-7]+)$/;
const hexadecimal = /^([+-]?)0[xX]([0-9a-fA-F]+)$/;
const binary = /^([+-]?)0[bB]([01]+)$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const unsignedEnd = 2n ** 64n;

/** A whole number that fits 64 bits only without a sign: SOPS cannot hold it. */
export const tooLarge = Symbol("a whole number beyond 64 bits");

/** The value of a plain scalar. */
export function resolvePlain(text: string): Scalar | typeof tooLarge {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text) || text.length > 4000) return { kind: "str", value: text };
  const time = timestamp(text);
  if (time !== undefined) return { kind: "time", value: time };
  const digits = text.startsWith(".") ? text : text.replaceAll("_", "");
  const whole = wholeNumber(digits);
  if (whole !== undefined) {
    if (BigInt.asIntN(64, whole) === whole) return { kind: "int", value: whole };
    if (whole >= 0n && whole < unsignedEnd && !digits.startsWith("+")) return tooLarge;
  }
  if (float.test(digits)) {
    const value = Number(digits);
    if (Number.isFinite(value)) return { kind: "float", value };
  }
  return { kind: "str", value: text };
}

function wholeNumber(digits: string): bigint | undefined {
  if (decimal.test(digits)) return BigInt(digits.replace(/^\+/, ""));
  for (const [pattern, prefix] of radixes) {
    const match = pattern.exec(digits);
    if (match === null) continue;
    const value = BigInt(prefix + (match[2] ?? "0"));
    return match[1] === "-" ? -value : value;
  }
  return undefined;
}

const radixes: readonly (readonly [RegExp, string])[] = [
  [octal, "0o"],
  [hexadecimal, "0x"],
  [binary, "0b"],
];

const date = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const dateTime =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:([Tt])(\d{1,2}):(\d{1,2}):(\d{1,2})([.,]\d+)?(Z|[+-]\d\d:\d\d)| (\d{1,2}):(\d{1,2}):(\d{1,2})([.,]\d+)?)$/;

function timestamp(text: string): string | undefined {
  const day = date.exec(text);
  if (day !== null) return normalTime(`${isoDate(day)}T00:00:00Z`);
  const match = dateTime.exec(text);
  if (match === null) return undefined;
  const [hour, minute, second, fraction = "", zone = "Z"] = match[4] === undefined ? match.slice(10) : match.slice(5);
  return normalTime(`${isoDate(match)}T${two(hour)}:${two(minute)}:${two(second)}${fraction}${zone}`);
}

function isoDate([, year = "", month, day]: RegExpExecArray): string {
  return `${year}-${two(month)}-${two(day)}`;
}

function two(digits = ""): string {
  return digits.padStart(2, "0");
}
