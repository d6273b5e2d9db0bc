import { FlurryError, runProcess } from "@flurry/core";
import { memoryFolder } from "@flurry/secrets";
import type { MemoryFolder, MergeOptions } from "@flurry/secrets";

import type { SecretsSession } from "./session.ts";

/** Merges texts by lines with git, from files in memory. Where there is no such place nothing is merged so. */
export function mergeLines({ context, interruption }: SecretsSession): NonNullable<MergeOptions["mergeText"]> {
  return async (base, ours, theirs) => {
    const made = await makeFolder(context.env);
    if (made === undefined) return undefined;
    await using folder = made;
    const files = [await folder.put("ours", ours), await folder.put("base", base), await folder.put("theirs", theirs)];
    const args = ["merge-file", "--stdout", "--quiet", ...files];
    const { exitCode, stdout } = await runProcess("git", args, {
      cwd: folder.path,
      env: context.env,
      encoding: "latin1",
      signal: interruption.signal,
      timeoutMs: 60_000,
    });
    return exitCode === 0 ? Buffer.from(stdout, "latin1") : undefined;
  };
}

async function makeFolder(env: NodeJS.ProcessEnv): Promise<MemoryFolder | undefined> {
  try {
    return await memoryFolder({ env });
  } catch (error) {
    if (FlurryError.is(error)) return undefined;
    throw error;
  }
}
