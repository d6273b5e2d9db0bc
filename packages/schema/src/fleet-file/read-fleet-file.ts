import { readFile, stat } from "node:fs/promises";
import { extname } from "node:path";

import { FlurryError } from "@flurry/core";
import type { Result } from "@flurry/core";

import type { Fleet } from "../fleet/fleet.ts";
import { readFleetConfig } from "./read-config.ts";
import { largestFleetFileBytes, parseFleetYaml } from "./read-yaml.ts";

/** How a fleet file is read. */
export interface ReadFleetFileOptions {
  /** The file's name in messages; its path unless given. */
  readonly displayName?: string;
  /** Ends the evaluation of a fleet.config.ts. */
  readonly signal?: AbortSignal;
}

/**
 * Reads a fleet.yaml or a fleet.config.ts, by its extension.
 *
 * @param path - of the file
 * @throws FlurryError FLURRY_FLEET_NOT_FOUND when it cannot be read
 */
export async function readFleetFile(path: string, options: ReadFleetFileOptions = {}): Promise<Result<Fleet>> {
  const file = options.displayName ?? path;
  const isYaml = [".yaml", ".yml"].includes(extname(path));
  const size = await readable(file, async () => (await stat(path)).size);
  if (!isYaml) return readFleetConfig(path, { ...options, displayName: file });
  if (size > largestFleetFileBytes) {
    const message = `the file has more than ${largestFleetFileBytes / 1024 / 1024} MiB`;
    return { ok: false, issues: [{ code: "file-too-large", message, severity: "error", path: [], place: { file } }] };
  }
  const text = await readable(file, () => readFile(path, "utf8"));
  return parseFleetYaml(text, { file });
}

async function readable<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new FlurryError("FLURRY_FLEET_NOT_FOUND", `${file} cannot be read${reason}`, {
      cause: error,
      place: { file },
      hint: "check the path and the permissions of the file",
    });
  }
}
