import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { atomicWrite } from "@flurry/core";

const defaultDirectory = fileURLToPath(new URL("../../../.flurry/bench", import.meta.url));

/** Writes all that was measured as JSON; returns the file. */
export async function writeResults(
  results: { readonly kind: string; readonly startedAt: Date } & Readonly<Record<string, unknown>>,
  output: string | undefined,
): Promise<string> {
  const stamp = results.startedAt.toISOString().replaceAll(/[:.]/g, "-");
  const file = output === undefined ? join(defaultDirectory, `${results.kind}-${stamp}.json`) : resolve(output);
  await mkdir(dirname(file), { recursive: true });
  await atomicWrite(file, `${JSON.stringify(results, undefined, 2)}\n`);
  return file;
}
