import { pathWithin } from "./reads.ts";
import type { Read, Reads } from "./reads.ts";

const kinds: Readonly<Record<string, Read["kind"]>> = { o: "open", s: "stat", l: "lstat", r: "real" };

/** What a file that the recorder writes to holds at first; it changes these bytes when it loses an entry. */
export const emptyPreloadLog = "ok\n";

/** Reads what the recorder wrote (the format is in recorder.c); undefined when it wrote nothing or lost something. */
export function parsePreloadLog(log: Uint8Array, directory: string): Reads | undefined {
  // A name that is no UTF-8 could not be looked for again.
  const text = decode(log);
  if (text === undefined || !text.startsWith(emptyPreloadLog)) return undefined;
  const entries = text.slice(emptyPreloadLog.length).split("\0");
  // The last entry too ends with a NUL.
  if (entries.pop() !== "" || !entries.some((entry) => entry.startsWith("P"))) return undefined;
  const reads: Read[] = [];
  for (const entry of entries) {
    if (entry.startsWith("P")) continue;
    const kind = kinds[entry.charAt(0)];
    const path = pathWithin(directory, entry.slice(1));
    if (kind === undefined || path === undefined) return undefined;
    reads.push({ kind, path });
  }
  return reads;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
