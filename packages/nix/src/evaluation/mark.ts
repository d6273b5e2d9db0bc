import * as z from "zod";

/** What the driver's marks begin with, among the traces of the user's own code. */
export const markPrefix = "@flurry:";

/** Something that an evaluation asked for: an input, a fact about the source, or which facts there are at all. */
export interface Mark {
  readonly kind: "input" | "self" | "names";
  readonly name: string;
}

const mark = z.tuple([z.enum(["input", "self", "names"]), z.string()]);

/** The mark in a line of log; undefined when it holds none. */
export function parseMark(text: string): Mark | undefined {
  const start = `trace: ${markPrefix}`;
  if (!text.startsWith(start)) return undefined;
  try {
    const parsed = mark.safeParse(JSON.parse(text.slice(start.length)));
    return parsed.success ? { kind: parsed.data[0], name: parsed.data[1] } : undefined;
  } catch {
    return undefined;
  }
}
