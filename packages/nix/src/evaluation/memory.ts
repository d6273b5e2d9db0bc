import { readFile } from "node:fs/promises";

import type { FlurryError } from "@flurry/core";

import type { Need } from "../pool/admission.ts";
import type { EvaluateParts } from "./evaluate.ts";
import type { Measurement } from "./measurements.ts";

/** What a host is expected to need that nobody evaluated yet, in a fleet of which nothing is known: a small NixOS system. */
const unknownMemoryBytes = 512 * 1024 * 1024;

/** What an evaluation will need, from what the last one took, or the largest of the fleet did. */
export function needOf(known: Measurement | undefined, largestOfFleet: number | undefined): Need {
  const memoryBytes = known?.peakRssBytes ?? largestOfFleet ?? unknownMemoryBytes;
  return { memoryBytes, ...(known === undefined ? {} : { durationMs: known.durationMs }) };
}

/** Bounds the address space of the process, so that an evaluation without end ends itself and not the machine. */
export function withMemoryLimit(parts: EvaluateParts, limitBytes: number | undefined): EvaluateParts {
  if (limitBytes === undefined) return parts;
  const kilobytes = Math.max(1, Math.floor(limitBytes / 1024));
  const shell = ["/bin/sh", "-c", `ulimit -v ${kilobytes} && exec "$@"`, "sh"];
  return { ...parts, wrapper: [...shell, ...(parts.wrapper ?? [])] };
}

/** The second attempt of an evaluation that ran out of memory: alone, with twice as much or all that is free then. */
export function withMoreMemory(
  parts: EvaluateParts,
  {
    memoryLimitBytes,
    freeMemory,
  }: { readonly memoryLimitBytes: number | undefined; readonly freeMemory: () => number },
): EvaluateParts {
  const more = memoryLimitBytes === undefined ? undefined : Math.max(2 * memoryLimitBytes, freeMemory());
  const { durationMs: _, ...need } = parts.need ?? {};
  return { ...withMemoryLimit(parts, more), need: { ...need, alone: true } };
}

/** How often the kernel has ended a process because memory ran out; undefined where it does not tell. */
export async function oomKills(): Promise<number | undefined> {
  const text = await readFile("/proc/vmstat", "utf8").catch(() => "");
  const count = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return count === undefined ? undefined : Number(count);
}

/** True when an evaluation ended for lack of memory: nix says so, or the kernel ended it and counts one more of those. */
export async function isOutOfMemory(error: FlurryError, killsBefore: number | undefined): Promise<boolean> {
  if (error.code === "FLURRY_NIX_OUT_OF_MEMORY") return true;
  if (error.code !== "FLURRY_NIX_KILLED" || killsBefore === undefined) return false;
  const kills = await oomKills();
  return kills !== undefined && kills > killsBefore;
}
