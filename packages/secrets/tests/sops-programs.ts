import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { parse } from "yaml";

import { hasTool, sopsReleases, tool } from "./real-tools.ts";

/** Releases of sops that read what we write and whose files we read, the oldest first. */
export const releases = [...sopsReleases, "sops"].filter(hasTool);

/** The newest release. */
export const newest = "sops";

/** The releases from one on: those that know what it brought. Without one all. */
export function releasesFrom(first = ""): readonly string[] {
  return releases.filter((name) => name === newest || name.localeCompare(first, "en", { numeric: true }) >= 0);
}

/** A folder with the private keys that sops is to use. */
export interface Workplace extends AsyncDisposable {
  readonly path: string;
  /** Writes a file and returns its path. */
  put(name: string, content: string | Uint8Array): Promise<string>;
  /** Runs a release of sops in the folder and returns what it prints. */
  sops(release: string, ...args: string[]): Promise<string>;
  /** The values of a file as a release of sops reads them; it verifies the MAC. */
  values(release: string, name: string, ...args: string[]): Promise<unknown>;
  read(name: string): Promise<Buffer>;
  readonly env: Record<string, string>;
}

export async function workplace(identities: readonly string[], env: Record<string, string> = {}): Promise<Workplace> {
  const dir = await tempDir("flurry-sops");
  const keyFile = join(dir.path, "keys.txt");
  await writeFile(keyFile, `${identities.join("\n")}\n`, { mode: 0o600 });
  const own = { SOPS_AGE_KEY_FILE: keyFile, HOME: dir.path, EDITOR: "true", ...env };
  const sops = (release: string, ...args: string[]): Promise<string> =>
    tool(release, args, { cwd: dir.path, env: own });
  return {
    path: dir.path,
    env: own,
    sops,
    put: async (name, content) => {
      await writeFile(join(dir.path, name), content);
      return join(dir.path, name);
    },
    read: (name) => readFile(join(dir.path, name)),
    values: async (release, name, ...args): Promise<unknown> => {
      // Old releases write JSON that is none where a map ends with a comment.
      if (/\.ya?ml$/.test(name)) return parse(await sops(release, "-d", ...args, name));
      return JSON.parse(await sops(release, "-d", "--output-type", "json", ...args, name));
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}
