import * as z from "zod";

import type { Complaint } from "../../complaint.ts";
import { checkAddress } from "../../fleet/address.ts";
import { durationPattern, parseDuration } from "../../fleet/duration.ts";

/** A text that a check may complain about. */
export function text(description: string, check?: (value: string) => Complaint | undefined): z.ZodString {
  const schema = z.string().meta({ description });
  return check === undefined ? schema : schema.check(complains(check)).meta({ description });
}

/** A list of texts, each of which a check may complain about. */
export function texts(description: string, check?: (value: string) => Complaint | undefined): z.ZodArray<z.ZodString> {
  const item = check === undefined ? z.string() : z.string().check(complains(check));
  return z.array(item).meta({ description });
}

/** A mapping from names to values; each name may be complained about. */
export function named<Value extends z.ZodType>(
  value: Value,
  description: string,
  checkName: (name: string) => Complaint | undefined,
): z.ZodRecord<z.ZodString, Value> {
  return z.record(z.string().check(complains(checkName)), value).meta({ description });
}

/** `240s`, `5m`, `1h30m` or a number of seconds. */
export function duration(
  description: string,
  options: { readonly atLeastMs: number },
): z.ZodUnion<readonly [z.ZodString, z.ZodNumber]> {
  const check = (value: string | number): Complaint | undefined => {
    const parsed = parseDuration(value);
    if (!parsed.ok) return parsed;
    if (parsed.ms >= options.atLeastMs) return undefined;
    return { message: `the duration is shorter than ${options.atLeastMs / 1000}s` };
  };
  return z
    .union(
      [
        z.string().check(complains(check)).meta({ pattern: durationPattern.source }),
        z
          .number()
          .check(complains(check))
          .meta({ type: "integer", minimum: options.atLeastMs / 1000 }),
      ],
      { error: "expected a duration such as 240s, 5m or a number of seconds" },
    )
    .meta({ description });
}

/** A choice of words. */
export function choice<const Words extends readonly [string, ...string[]]>(
  words: Words,
  description: string,
): z.ZodEnum<{ [Word in Words[number]]: Word }> {
  return z.enum(words).meta({ description });
}

/** A whole number within bounds. */
export function count(description: string, bounds: { readonly min: number; readonly max: number }): z.ZodInt {
  return z.int().min(bounds.min).max(bounds.max).meta({ description });
}

/** True or false. */
export function flag(description: string): z.ZodBoolean {
  return z.boolean().meta({ description });
}

/** A TCP port. */
export function port(description: string): z.ZodInt {
  return count(description, { min: 1, max: 65_535 });
}

/** The address of a machine. */
export function address(description: string): z.ZodString {
  return text(description, checkAddress);
}

/** Turns a check of ours into one of zod's. */
export function complains<T>(check: (value: T) => Complaint | undefined): z.core.CheckFn<T> {
  return (context) => {
    const complaint = check(context.value);
    if (complaint === undefined) return;
    context.issues.push({
      code: "custom",
      input: context.value,
      message: complaint.message,
      params: { hint: complaint.hint },
    });
  };
}
