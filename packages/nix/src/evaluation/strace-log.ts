import { pathWithin } from "./reads.ts";
import type { Read, Reads } from "./reads.ts";

/** The words of strace that make it write what {@link parseStraceLog} reads: one file for each thread, texts as bytes. */
export function straceArguments(output: string): readonly string[] {
  const calls = "trace=%file,openat2,chdir,fchdir";
  return ["-f", "--seccomp-bpf", "-ff", "-qq", "-y", "-xx", "-e", calls, "-e", "signal=none", "-o", output];
}

/** What a call looks at. Calls that are not here do not look at a file's content or kind. */
const calls: Readonly<Record<string, Read["kind"]>> = {
  open: "open",
  creat: "open",
  openat: "open",
  openat2: "open",
  stat: "stat",
  lstat: "lstat",
  newfstatat: "stat",
  fstatat64: "stat",
  statx: "stat",
  access: "stat",
  faccessat: "stat",
  faccessat2: "stat",
  readlink: "lstat",
  readlinkat: "lstat",
};

/** Where the traced program looked and what from; see {@link parseStraceLog}. */
export interface StracePlaces {
  /** Whose files are of interest. */
  readonly directory: string;
  /** The working directory at first. */
  readonly cwd: string;
}

/** Reads what strace wrote of all threads; undefined when something in it may be about the directory and is not clear. */
export function parseStraceLog(text: string, { directory, cwd }: StracePlaces): Reads | undefined {
  const reads: Read[] = [];
  // Calls without a descriptor do not show where they start from.
  const start = /^f?chdir\(/m.test(text) ? undefined : cwd;
  for (const line of text.split("\n")) {
    const look = lookOf(line);
    if (look === undefined) continue;
    const own = fromHex(look.path);
    const at = look.base === undefined ? start : fromHex(look.base);
    if (own === undefined || (!own.startsWith("/") && at === undefined)) return undefined;
    const path = pathWithin(directory, own.startsWith("/") ? own : `${at}/${own}`);
    if (path !== undefined) reads.push(...readsOf(look.kind, path, look.flags));
  }
  return reads;
}

interface Look {
  readonly kind: Read["kind"];
  /** What the path is relative to, as bytes; undefined when the call does not say. */
  readonly base: string | undefined;
  readonly path: string;
  readonly flags: string;
}

function lookOf(line: string): Look | undefined {
  const match = /^(\w+)\((?:(?:AT_FDCWD|\d+)<((?:\\x[0-9a-f]{2})*)>, )?"((?:\\x[0-9a-f]{2})*)"(.*)$/.exec(line);
  const [, name = "", base, path = "", flags = ""] = match ?? [];
  const call = calls[name];
  // An empty path speaks of the descriptor, and that was opened before.
  return call === undefined || path === "" ? undefined : { kind: call, base, path, flags };
}

function readsOf(kind: Read["kind"], path: string, flags: string): readonly Read[] {
  const ownLink = /\b(?:O_NOFOLLOW|AT_SYMLINK_NOFOLLOW)\b/.test(flags);
  if (kind !== "open") return [{ kind: ownLink ? "lstat" : kind, path }];
  const isPath = /\bO_PATH\b/.test(flags);
  return [
    ...(ownLink ? [{ kind: "lstat", path } as const] : []),
    ...(isPath ? (ownLink ? [] : [{ kind: "stat", path } as const]) : [{ kind, path }]),
    // Paths relative to it are printed as they really are.
    ...(isPath || /\bO_DIRECTORY\b/.test(flags) ? [{ kind: "real", path } as const] : []),
  ];
}

function fromHex(text: string): string | undefined {
  const bytes = Buffer.from(text.replaceAll(String.raw`\x`, ""), "hex");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
