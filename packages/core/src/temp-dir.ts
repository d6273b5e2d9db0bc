import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory of our own (mode 0700) that is removed when it is disposed of. */
export interface TempDir extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes a temporary directory.
 *
 * @param prefix - begins the directory's name, so that a leftover tells where it came from
 * @param parent - where to make it; the system's temporary directory unless given
 */
export async function tempDir(prefix: string, parent: string = tmpdir()): Promise<TempDir> {
  const path = await mkdtemp(join(parent, `${prefix}-`));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
