import { tmpdir } from "node:os";

import type { MemoryFolderOptions } from "@flurry/secrets";

import type { CliContext } from "../context.ts";

/** Where files in clear go: into memory, and only when the user says so to a disk. */
export function folderOptions(
  { allowDisk }: { readonly allowDisk?: boolean },
  { env }: CliContext,
): MemoryFolderOptions {
  return allowDisk === true ? { env, fallback: env["TMPDIR"] ?? tmpdir() } : { env };
}
