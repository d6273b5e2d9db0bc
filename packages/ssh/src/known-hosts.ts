import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";

import { FlurryError, runProcess } from "@flurry/core";

import { answered } from "./answers.ts";
import type { OpensshAnswers } from "./answers.ts";
import { readPublicKey } from "./public-key.ts";
import type { PublicKey } from "./public-key.ts";

/** A line of a known_hosts file that speaks of a host. */
export interface KnownHostsEntry {
  readonly marker: "plain" | "revoked" | "cert-authority";
  readonly key: PublicKey;
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
}

/** Where and how to look; see {@link findKnownHosts}. */
export interface FindKnownHostsOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly answers?: OpensshAnswers | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Finds every line on a host in known_hosts files, through `ssh-keygen -F`: hashed names, wildcards, negations and
 * ports are understood as OpenSSH understands them. Files that do not exist have no lines.
 *
 * @param name - "host", or "[host]:port" off port 22
 * @throws FlurryError FLURRY_SSH_CONFIG_INVALID when a file is there but cannot be read: a revocation might be in it
 */
export async function findKnownHosts(
  name: string,
  files: readonly string[],
  options: FindKnownHostsOptions,
): Promise<readonly KnownHostsEntry[]> {
  const found = await Promise.all([...new Set(files)].map((file) => findInFile(name, file, options)));
  return found.flat();
}

async function findInFile(
  name: string,
  file: string,
  options: FindKnownHostsOptions,
): Promise<readonly KnownHostsEntry[]> {
  const state = await stateOf(file);
  if (state === undefined) return [];
  // A file that has changed since, by a key that was accepted for example, is another question.
  const question = ["ssh-keygen -F", name, file, state];
  return parseFoundLines(await answered(options.answers, question, () => askKeygen(name, file, options)), file);
}

async function askKeygen(name: string, file: string, { env, signal }: FindKnownHostsOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await runProcess("ssh-keygen", ["-F", name, "-f", file], {
    env,
    timeoutMs: 20_000,
    ...(signal === undefined ? {} : { signal }),
  });
  if (exitCode === 0) return stdout;
  if (exitCode === 1) return "";
  throw unreadable(file, stderr.trim());
}

/** What changes when the file does; undefined for one that is not there or has nothing in it. */
async function stateOf(file: string): Promise<string | undefined> {
  try {
    await access(file, constants.R_OK);
    const stats = await stat(file, { bigint: true });
    if (stats.isDirectory()) throw new Error("it is a directory");
    return stats.size > 0 ? `${stats.ino} ${stats.size} ${stats.mtimeNs}` : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(file, error instanceof Error ? error.message : String(error));
  }
}

/** True for the error of a file that does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

/** Reads the output of `ssh-keygen -F`: a comment with the line's number, then the line. */
export function parseFoundLines(output: string, file: string): readonly KnownHostsEntry[] {
  const entries: KnownHostsEntry[] = [];
  let line = 0;
  for (const text of output.split("\n")) {
    const number = /^# Host .* found: line (\d+)/.exec(text)?.[1];
    if (number !== undefined) {
      line = Number(number);
      continue;
    }
    const entry = parseLine(text);
    if (entry !== undefined) entries.push({ ...entry, file, line });
  }
  return entries;
}

function parseLine(text: string): Pick<KnownHostsEntry, "marker" | "key"> | undefined {
  if (text === "" || text.startsWith("#")) return undefined;
  const fields = text.trim().split(/\s+/);
  const mark = fields[0]?.startsWith("@") === true ? fields.shift() : undefined;
  const key = readPublicKey(fields[1] ?? "", fields[2] ?? "");
  if (key === undefined) return undefined;
  switch (mark) {
    case undefined:
      return { marker: "plain", key };
    case "@revoked":
      return { marker: "revoked", key };
    case "@cert-authority":
      return { marker: "cert-authority", key };
    default:
      return undefined;
  }
}

function unreadable(file: string, why: string): FlurryError {
  return new FlurryError("FLURRY_SSH_CONFIG_INVALID", `${file} could not be searched for host keys: ${why}`, {
    place: { file },
    hint: "Host keys are not trusted while a file that may revoke them is unreadable; make it readable or take it out of the OpenSSH configuration.",
  });
}
