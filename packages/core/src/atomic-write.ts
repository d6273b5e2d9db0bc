import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

import writeFileAtomic from "write-file-atomic";

/**
 * Writes a file so that readers see the old content or the new, and a crash leaves one of the two.
 * Missing folders are made.
 *
 * @param mode - permission bits of the file; an existing file keeps its own unless given
 */
export async function atomicWrite(
  path: string,
  content: string | Uint8Array,
  { mode }: { readonly mode?: number } = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const data = typeof content === "string" ? content : Buffer.from(content);
  await writeFileAtomic(path, data, mode === undefined ? {} : { mode });
}
