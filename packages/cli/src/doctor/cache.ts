import { access, constants, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { evaluationCacheDirectory } from "@flurry/nix";

import { byteSize, count } from "../renderers/measures.ts";
import type { Finding } from "./finding.ts";

/** Where evaluations are remembered, and how much of them. */
export async function examineCache(env: NodeJS.ProcessEnv): Promise<Finding> {
  const name = "cache";
  const directory = evaluationCacheDirectory(env);
  if (directory === undefined)
    return {
      name,
      status: "poor",
      text: "neither XDG_CACHE_HOME nor HOME is set",
      hint: "no evaluation is remembered without a place for it",
    };
  const { files, bytes } = await contentOf(directory);
  const text = `${directory}: ${byteSize(bytes)} in ${count(files, "file")}`;
  const found = { name, text, data: { directory, bytes, files } };
  if (await isWritable(directory)) return { ...found, status: "ok" };
  return { ...found, status: "poor", hint: "it cannot be written, so that no evaluation is remembered" };
}

async function contentOf(directory: string): Promise<{ readonly files: number; readonly bytes: number }> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  // A run beside this one may take files away.
  const sizes = await Promise.all(
    paths.map(async (path) => {
      const found = await stat(path).catch(() => undefined);
      return found?.size ?? 0;
    }),
  );
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** True when the directory, or the nearest one above it that exists, can be written. */
async function isWritable(directory: string): Promise<boolean> {
  try {
    await access(directory, constants.W_OK);
    return true;
  } catch (error) {
    const isAbsent = error instanceof Error && "code" in error && error.code === "ENOENT";
    return isAbsent && dirname(directory) !== directory && (await isWritable(dirname(directory)));
  }
}
