import { FlurryError, runProcess } from "@flurry/core";

/** A version of a file that git has. */
export interface FileVersion {
  /** Relative to the folder that was asked about. */
  readonly path: string;
  /** The name of its content. */
  readonly blob: string;
  /** The commit that brought it, and when that was made (RFC 3339). */
  readonly commit: string;
  readonly at: string;
}

/** How git is asked. */
export interface GitOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** What a history of secrets cannot exceed. */
const maxOutputBytes = 512 * 1024 * 1024;

/**
 * Every version that files below a folder ever had on any branch or tag, the newest first.
 *
 * @param wanted - says for a path whether it is looked into
 * @returns undefined when the folder is in no git repository, or there is no git
 */
export async function versionsInGit(
  root: string,
  wanted: (path: string) => boolean,
  options: GitOptions = {},
): Promise<FileVersion[] | undefined> {
  const args = [
    "log",
    "--all",
    "--full-history",
    "-m",
    "--format=commit:%H %cI",
    "--raw",
    "--no-abbrev",
    "--no-renames",
    "--relative",
    "-z",
    "--",
    ".",
  ];
  const text = await git(root, args, options);
  if (text === undefined) return undefined;
  const versions: FileVersion[] = [];
  let commit = "";
  let at = "";
  const fields = text.split("\0");
  for (let index = 0; index < fields.length; index++) {
    const field = (fields[index] ?? "").replace(/^\n+/, "");
    const head = /^commit:(\S+) (\S+)\n*(.*)$/s.exec(field);
    if (head !== null) [, commit = "", at = ""] = head;
    const change = /^:\d+ (\d+) [0-9a-f]+ ([0-9a-f]+) [A-Z]$/.exec(head === null ? field : (head[3] ?? ""));
    if (change === null) continue;
    index += 1;
    const [, mode = "", blob = ""] = change;
    const path = fields[index] ?? "";
    if (mode.startsWith("100") && wanted(path)) versions.push({ path, blob, commit, at });
  }
  return versions;
}

/** The contents of blobs, one after the other; what is larger than a file of secrets is left out. */
export async function readBlobs(
  root: string,
  blobs: readonly string[],
  options: GitOptions = {},
): Promise<ReadonlyMap<string, Uint8Array>> {
  const distinct = [...new Set(blobs)];
  const contents = new Map<string, Uint8Array>();
  // Some at a time, so that no output grows beyond bounds.
  for (let from = 0; from < distinct.length; from += 200) {
    const names = distinct.slice(from, from + 200);
    const text = await git(root, ["cat-file", "--batch"], {
      ...options,
      stdin: `${names.join("\n")}\n`,
      encoding: "latin1",
    });
    if (text !== undefined) readBatch(Buffer.from(text, "latin1"), contents);
  }
  return contents;
}

function readBatch(bytes: Buffer, contents: Map<string, Uint8Array>): void {
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf("\n", at);
    const head = /^([0-9a-f]+) blob (\d+)$/.exec(bytes.toString("latin1", at, end));
    if (end === -1 || head === null) return;
    const size = Number(head[2]);
    contents.set(head[1] ?? "", bytes.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
}

async function git(
  root: string,
  args: readonly string[],
  {
    env = process.env,
    signal,
    stdin,
    encoding = "utf8",
  }: GitOptions & {
    readonly stdin?: string;
    readonly encoding?: "utf8" | "latin1";
  },
): Promise<string | undefined> {
  try {
    const { exitCode, stdout } = await runProcess("git", ["-C", root, ...args], {
      env: { ...env, LC_ALL: "C" },
      maxOutputBytes,
      encoding,
      ...(stdin === undefined ? {} : { stdin }),
      ...(signal === undefined ? {} : { signal }),
    });
    return exitCode === 0 ? stdout : undefined;
  } catch (error) {
    if (FlurryError.is(error) && error.code === "FLURRY_PROCESS_NOT_FOUND") return undefined;
    throw error;
  }
}
