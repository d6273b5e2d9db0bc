import { createHash } from "node:crypto";
import { access, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { evaluationCacheDirectory } from "./evaluation-cache.ts";

/** The C source of the recorder. */
export const recorderSource: string = fileURLToPath(new URL("../../recorder/recorder.c", import.meta.url));

/** The flags that it is compiled with, as words. */
export const recorderFlags: string = fileURLToPath(new URL("../../recorder/compiler-flags.txt", import.meta.url));

/** Where what concerns recorders is kept on this machine; undefined without a home. */
export function recorderDirectory(env: NodeJS.ProcessEnv): string | undefined {
  const evaluations = evaluationCacheDirectory(env);
  // Beside the evaluations, whose directory ends with eval/<version>.
  return evaluations === undefined ? undefined : join(dirname(dirname(evaluations)), "recorder", "v1");
}

/** Where the library is that `buildRecorder` makes of this source for this machine. */
export async function builtRecorderFile(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const directory = recorderDirectory(env);
  if (directory === undefined) return undefined;
  const source = createHash("sha256").update(await readFile(recorderSource));
  return join(directory, `${process.platform}-${process.arch}-${source.digest("hex").slice(0, 16)}.so`);
}

/** The libraries that may fit this machine, as they are to be tried: compiled with this package, prebuilt, built by Nix. */
export async function recorderLibraries(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const name = `${process.platform}-${process.arch}.so`;
  const packageRoot = dirname(dirname(recorderSource));
  const shipped = [`dist/recorder/${name}`, `recorder/prebuilt/${name}`].map((place) => join(packageRoot, place));
  const built = await builtRecorderFile(env).catch(() => undefined);
  const found = await Promise.all(
    [...shipped, built].map(async (file) => ((await isReadable(file)) ? file : undefined)),
  );
  return found.filter((file) => file !== undefined);
}

async function isReadable(file: string | undefined): Promise<boolean> {
  if (file === undefined) return false;
  return await access(file).then(
    () => true,
    () => false,
  );
}
