import { FlurryError, runProcess } from "@flurry/core";
import { memoryFolder } from "@flurry/secrets";
import type { MemoryFolder, MergeOptions } from "@flurry/secrets";

import type { SecretsSession } from "./session.ts";

/** Three versions of a text. */
type Texts = readonly [base: Uint8Array, ours: Uint8Array, theirs: Uint8Array];

/** Merges texts by lines with git, from files in memory. Where there is no such place nothing is merged so. */
export function mergeLines(session: SecretsSession): NonNullable<MergeOptions["mergeText"]> {
  return async (...texts) => {
    const { merged, conflicts } = (await mergeFile(texts, session)) ?? { merged: undefined, conflicts: 0 };
    return conflicts === 0 ? merged : undefined;
  };
}

/**
 * {@link mergeLines} that also shows, between git's marks, what each side made of the lines that both changed.
 *
 * @returns undefined where there is no place in memory, and for what is no text
 */
export async function mergeFile(
  [base, ours, theirs]: Texts,
  { context, interruption }: SecretsSession,
): Promise<{ readonly merged: Uint8Array; readonly conflicts: number } | undefined> {
  const made = await makeFolder(context.env);
  if (made === undefined) return undefined;
  await using folder = made;
  const files = [await folder.put("ours", ours), await folder.put("base", base), await folder.put("theirs", theirs)];
  const labels = ["ours", "base", "theirs"].flatMap((label) => ["-L", label]);
  const args = ["merge-file", "--stdout", "--quiet", "--diff3", ...labels, ...files];
  const { exitCode, stdout } = await runProcess("git", args, {
    cwd: folder.path,
    env: context.env,
    encoding: "latin1",
    signal: interruption.signal,
    timeoutMs: 60_000,
  });
  // The number of conflicts, or 255 for what is no text.
  if (exitCode === null || exitCode > 127) return undefined;
  return { merged: Buffer.from(stdout, "latin1"), conflicts: exitCode };
}

async function makeFolder(env: NodeJS.ProcessEnv): Promise<MemoryFolder | undefined> {
  try {
    return await memoryFolder({ env });
  } catch (error) {
    if (FlurryError.is(error)) return undefined;
    throw error;
  }
}
