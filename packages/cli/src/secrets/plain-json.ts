import type { PlainValue } from "@flurry/secrets";

/** A value of JSON. Whole numbers that JavaScript cannot hold become texts, bytes become base64. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A value of a file as JSON can hold it. */
export function plainToJson(value: PlainValue): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (isList(value)) return value.map(plainToJson);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainToJson(item)]));
}

function isList(value: readonly PlainValue[] | { readonly [key: string]: PlainValue }): value is readonly PlainValue[] {
  return Array.isArray(value);
}
