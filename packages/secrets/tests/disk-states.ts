import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

/** All that is in a folder: each name with `folder`, or the permissions and the content in Base64 of a file. */
export type Disk = ReadonlyMap<string, string>;

const changes = z.array(z.tuple([z.string(), z.string().nullable()]));

/** What crash-at-write.mjs prints: the folder at each step. */
export function diskStates(output: string): readonly Disk[] {
  const states: Disk[] = [];
  let last: Disk = new Map();
  for (const line of output.trimEnd().split("\n")) {
    const next = new Map(last);
    for (const [name, state] of changes.parse(JSON.parse(line))) {
      if (state === null) next.delete(name);
      else next.set(name, state);
    }
    states.push(next);
    last = next;
  }
  return states;
}

/** Makes a folder hold just this. */
export function layDown(disk: Disk, root: string): void {
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
  // A folder sorts before what is in it.
  for (const [name, state] of [...disk].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const path = join(root, name);
    const [mode = "", content] = state.split(" ");
    if (content === undefined) mkdirSync(path, { recursive: true });
    else writeFileSync(path, Buffer.from(content, "base64"), { mode: Number.parseInt(mode, 8) });
  }
}

/** Reads a folder as it is. */
export function readDisk(root: string): Disk {
  const names = ["", ...readdirSync(root, { recursive: true, encoding: "utf8" })];
  return new Map(
    names.map((name) => {
      const stat = lstatSync(join(root, name));
      if (stat.isDirectory()) return [name, "folder"];
      return [name, `${(stat.mode & 0o777).toString(8)} ${readFileSync(join(root, name), "base64")}`];
    }),
  );
}

/** The files that are the user's, in the order of their names. */
export function withoutFlurry(disk: Disk): Disk {
  const own = [...disk].filter(([name]) => !/^(?:\.flurry|$)/.test(name));
  return new Map(own.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** What is the same of two runs: names, permissions, sizes, and whether a file is as it was. */
export function shapeOf(disk: Disk, first: Disk): Readonly<Record<string, string>> {
  const shapes = [...disk].map(([name, state]) => {
    const [mode = "", content = ""] = state.split(" ");
    const same = first.get(name) === state ? "as before" : "other";
    return [name.replace(/\.[0-9a-f]{16}\.flurry$/, ".ID.flurry"), `${mode} ${content.length} ${same}`] as const;
  });
  return Object.fromEntries(shapes.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
