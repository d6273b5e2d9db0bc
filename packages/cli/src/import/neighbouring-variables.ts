import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";

import type { VariablesFile } from "@flurry/schema";

/** More than anyone writes; a link that leads in a circle comes to an end here. */
const limits = { files: 2000, bytes: 1024 * 1024, depth: 6 } as const;

/** What Ansible takes as a file of variables. */
const extensions = new Set(["", ".yml", ".yaml", ".json"]);

/**
 * The files of `group_vars` and `host_vars` beside an inventory: `web.yml`, or everything in the directory `web`.
 *
 * @param path - of the inventory
 * @param file - the same as people should see it
 */
export async function neighbouringVariables(path: string, file: string): Promise<readonly VariablesFile[]> {
  const found: VariablesFile[] = [];
  for (const kind of ["group", "host"] as const) {
    const folder = join(dirname(path), `${kind}_vars`);
    for (const entry of await namesIn(folder)) {
      const name = extensions.has(extname(entry)) ? basename(entry, extname(entry)) : entry;
      for (const inside of await filesAt(join(folder, entry), limits.depth)) {
        if (found.length >= limits.files) return found;
        const text = await readFile(inside, "utf8");
        found.push({ kind, name, file: join(dirname(file), inside.slice(dirname(path).length + 1)), text });
      }
    }
  }
  return found;
}

async function filesAt(path: string, depth: number): Promise<readonly string[]> {
  const about = await stat(path).catch(() => undefined);
  if (about === undefined || depth === 0) return [];
  if (about.isFile()) return extensions.has(extname(path)) && about.size <= limits.bytes ? [path] : [];
  const found: string[] = [];
  for (const name of about.isDirectory() ? await namesIn(path) : [])
    if (found.length < limits.files) found.push(...(await filesAt(join(path, name), depth - 1)));
  return found;
}

/** As Ansible reads them: in the order of their names, without hidden files and copies. */
async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => !name.startsWith(".") && !name.endsWith("~")).toSorted();
}
