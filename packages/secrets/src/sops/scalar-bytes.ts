import { isUtf8 } from "node:buffer";

import type { Scalar } from "./tree.ts";

/** The type tags that SOPS writes behind a sealed value. */
export type TypeTag = "str" | "int" | "float" | "bool" | "time" | "comment" | "bytes";

/**
 * The bytes that SOPS encrypts and feeds to the MAC for a value.
 * Source: `ToBytes` of sops.go and `Encrypt` of aes/cipher.go.
 */
export function scalarBytes(scalar: Exclude<Scalar, { kind: "null" }>): Buffer {
  switch (scalar.kind) {
    case "str":
    case "time":
      return Buffer.from(scalar.value, "utf8");
    case "bytes":
      return Buffer.from(scalar.value.buffer, scalar.value.byteOffset, scalar.value.byteLength);
    case "int":
      return Buffer.from(scalar.value.toString());
    case "float":
      return Buffer.from(formatFloat(scalar.value));
    case "bool":
      return Buffer.from(scalar.value ? "True" : "False");
  }
}

/** The tag that SOPS gives a value; a string that is not UTF-8 is still a `str`. */
export function typeTag(scalar: Exclude<Scalar, { kind: "null" }>): TypeTag {
  return scalar.kind === "bytes" ? "str" : scalar.kind;
}

const trueWords: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const falseWords: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"]);
const decimal = /^[+-]?\d{1,400}$/;
const float = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?$/;

/**
 * The value of decrypted bytes with a type tag other than `comment`.
 * Source: `Decrypt` of aes/cipher.go.
 *
 * @returns undefined when the bytes are not of that type or the tag is unknown
 */
export function scalarOf(tag: string, bytes: Buffer): Scalar | undefined {
  switch (tag) {
    case "str":
    case "bytes":
      return stringScalar(bytes);
    case "int": {
      const text = bytes.toString("latin1");
      if (!decimal.test(text)) return undefined;
      const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
      return BigInt.asIntN(64, value) === value ? { kind: "int", value } : undefined;
    }
    case "float":
      return floatScalar(bytes);
    case "bool": {
      const text = bytes.toString("latin1");
      if (trueWords.has(text)) return { kind: "bool", value: true };
      return falseWords.has(text) ? { kind: "bool", value: false } : undefined;
    }
    case "time": {
      const value = normalTime(bytes.toString("latin1"));
      return value === undefined ? undefined : { kind: "time", value };
    }
    default:
      return undefined;
  }
}

/** Text where the bytes are UTF-8, else the bytes. */
export function stringScalar(bytes: Buffer): Scalar {
  return isUtf8(bytes) ? { kind: "str", value: bytes.toString("utf8") } : { kind: "bytes", value: bytes };
}

function floatScalar(bytes: Buffer): Scalar | undefined {
  const text = bytes.toString("latin1");
  const word = text.replace(/^[+-]/, "").toLowerCase();
  const sign = text.startsWith("-") ? -1 : 1;
  if (word === "inf" || word === "infinity") return { kind: "float", value: sign * Infinity };
  if (word === "nan") return { kind: "float", value: NaN };
  if (text.length > 2000 || !float.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? { kind: "float", value } : undefined;
}

/** The shortest digits that read back as the same number, never with an exponent: Go's `FormatFloat(v, 'f', -1, 64)`. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const { sign, digits, exponent } = shortestDigits(value);
  if (exponent <= 0) return `${sign}0${digits === "0" ? "" : `.${"0".repeat(-exponent)}${digits}`}`;
  if (exponent >= digits.length) return sign + digits + "0".repeat(exponent - digits.length);
  return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}

/** Go's `FormatFloat(v, 'g', -1, 64)`, which YAML files get: an exponent below 1e-4 and from 1e6 on. */
export function formatFloatShort(value: number): string {
  if (!Number.isFinite(value)) return formatFloat(value);
  const { sign, digits, exponent } = shortestDigits(value);
  const power = exponent - 1;
  if (digits === "0" || (power >= -4 && power < 6)) return formatFloat(value);
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${sign}${mantissa}e${power < 0 ? "-" : "+"}${Math.abs(power).toString().padStart(2, "0")}`;
}

/** The value is 0.DIGITS times ten to the exponent. */
function shortestDigits(value: number): { readonly sign: string; readonly digits: string; readonly exponent: number } {
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (value === 0) return { sign, digits: "0", exponent: 0 };
  const [mantissa = "0", power = "0"] = Math.abs(value).toExponential().split("e");
  return { sign, digits: mantissa.replace(".", ""), exponent: Number(power) + 1 };
}

const rfc3339 = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;

/** RFC 3339 with the shortest fraction of at most nine digits, as Go prints it; undefined for other text. */
export function normalTime(text: string): string | undefined {
  const match = rfc3339.exec(text);
  if (match === null) return undefined;
  const [, date = "", hour = "", minute = "", second = "", fraction = "", zone = ""] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59 || !isDate(date)) return undefined;
  const digits = fraction.slice(0, 9).replace(/0+$/, "");
  const offset = zone.endsWith("00:00") ? "Z" : zone;
  return `${date}T${hour}:${minute}:${second}${digits === "" ? "" : `.${digits}`}${offset}`;
}

/** RFC 3339 in whole seconds, as SOPS prints `lastmodified` and uses it to seal the MAC. */
export function wholeSeconds(text: string): string | undefined {
  return normalTime(text)?.replace(/\.\d+/, "");
}

function isDate(date: string): boolean {
  const parsed = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date);
}
