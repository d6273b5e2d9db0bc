import { FlurryError, isStorePath } from "@flurry/core";
import type { StorePath } from "@flurry/core";

const marker = "@flurry ";

/** What the supervisor printed: its facts by name, and the lines that others printed through it. */
export interface Reply {
  /** The first value of a fact; undefined when it is missing or empty. */
  readonly one: (name: string) => string | undefined;
  /** Every value of a fact, in order. */
  readonly all: (name: string) => readonly string[];
  /** Lines without the marker: the output of programs. */
  readonly lines: readonly string[];
  /** False when the supervisor did not get to run at all. */
  readonly spoke: boolean;
}

/** Reads the supervisor's output: lines `@flurry name=value` among others. */
export function parseReply(stdout: string): Reply {
  const facts = new Map<string, string[]>();
  const lines: string[] = [];
  for (const line of stdout.split("\n")) {
    const equals = line.indexOf("=");
    if (!line.startsWith(marker) || equals < 0) {
      if (line !== "") lines.push(line);
      continue;
    }
    const name = line.slice(marker.length, equals);
    facts.set(name, [...(facts.get(name) ?? []), line.slice(equals + 1)]);
  }
  return {
    one: (name) => facts.get(name)?.[0] || undefined,
    all: (name) => (facts.get(name) ?? []).filter((value) => value !== ""),
    lines,
    spoke: facts.size > 0,
  };
}

/** A fact that must be a store path. */
export function storePathFact(reply: Reply, name: string): StorePath | undefined {
  const value = reply.one(name);
  return value !== undefined && isStorePath(value) ? value : undefined;
}

/**
 * A fact that must be a whole number.
 *
 * @throws FlurryError FLURRY_HOST_UNSUITABLE when it is something else
 */
export function numberFact(reply: Reply, name: string): number | undefined {
  const value = reply.one(name);
  if (value === undefined) return undefined;
  if (!/^\d+$/.test(value)) {
    throw new FlurryError("FLURRY_HOST_UNSUITABLE", `the host says ${name} is ${JSON.stringify(value)}, not a number`);
  }
  return Number(value);
}
