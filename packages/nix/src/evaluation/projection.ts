import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { Stats } from "node:fs";
import { dirname, join, normalize } from "node:path";

import type { RecordedDependency } from "./dependency.ts";

/**
 * Makes a copy of a source in which there is only what an evaluation is known to have looked at: files that it opened
 * with their content, others empty, nothing that it did not ask for, and the files of the flake, without which nix does
 * not even begin. Where nobody looked there is something else than in the source, so that the copy has another path.
 *
 * @param subdirectory - where in the source the flake is
 * @returns false when all of the source was looked at, so that the copy is the source itself
 */
export function projectSource(
  source: string,
  target: string,
  {
    dependencies,
    subdirectory = "",
  }: { readonly dependencies: readonly RecordedDependency[]; readonly subdirectory?: string | undefined },
): boolean {
  const projection = new Projection(source, target);
  for (const name of ["flake.nix", "flake.lock"]) projection.open(join("/", subdirectory, name));
  for (const { kind, subject } of dependencies) {
    if (kind === "open") projection.open(subject);
    else if (kind === "stat" || kind === "lstat" || kind === "real") projection.place(subject);
  }
  return projection.differ(new Set(dependencies.map(({ subject }) => subject)));
}

const maxLinks = 40;

class Projection {
  readonly #source: string;
  readonly #target: string;
  /** Files and directories whose content is that of the source. */
  readonly #opened = new Set<string>();

  constructor(source: string, target: string) {
    this.#source = source;
    this.#target = target;
    mkdirSync(target, { recursive: true });
  }

  /** Brings a file with its content, or a directory with the names in it. */
  open(path: string): void {
    const inside = this.place(path);
    const stats = inside === undefined ? undefined : statsOf(this.#source + inside);
    if (inside === undefined || stats === undefined || this.#opened.has(inside)) return;
    this.#opened.add(inside);
    if (stats.isFile()) {
      copyFileSync(this.#source + inside, this.#target + inside);
      chmodSync(this.#target + inside, stats.mode | 0o200);
    } else if (stats.isDirectory())
      for (const name of readdirSync(this.#source + inside)) this.#make(`${inside}/${name}`);
  }

  /**
   * Brings what leads to a path, links and all, and an empty one of its kind. The path that it really is; undefined when
   * nothing is there, or it is outside.
   */
  place(path: string): string | undefined {
    let at = "";
    let links = 0;
    const names = path.split("/").filter((name) => name !== "" && name !== ".");
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      if (name === "..") {
        if (at === "") return undefined;
        at = dirname(at) === "/" ? "" : dirname(at);
        continue;
      }
      const next = `${at}/${name}`;
      const stats = this.#make(next);
      if (stats === undefined) return undefined;
      if (!stats.isSymbolicLink()) {
        at = next;
        continue;
      }
      links += 1;
      const link = readlinkSync(this.#source + next);
      if (links > maxLinks) return undefined;
      if (link.startsWith("/")) {
        const inside = normalize(link).startsWith(`${this.#source}/`)
          ? normalize(link).slice(this.#source.length)
          : undefined;
        if (inside === undefined) return undefined;
        at = "";
        names.unshift(...inside.split("/").filter((each) => each !== ""));
      } else names.unshift(...link.split("/").filter((each) => each !== "" && each !== "."));
    }
    return at;
  }

  /** Puts something where nobody looked; false when there is no such place. */
  differ(looked: ReadonlySet<string>): boolean {
    const pending = [""];
    for (let at = pending.shift(); at !== undefined; at = pending.shift()) {
      const stats = lstatSync(this.#target + at);
      if (stats.isDirectory() && this.#opened.has(at)) {
        for (const name of readdirSync(this.#target + at)) pending.push(`${at}/${name}`);
      } else if (stats.isDirectory() || (stats.isFile() && !this.#opened.has(at))) {
        let file = stats.isDirectory() ? `${at}/.flurry-proof` : at;
        while (stats.isDirectory() && (looked.has(file) || statsOf(this.#source + file) !== undefined)) file += "-";
        writeFileSync(this.#target + file, "Something that is not in the source.\n");
        return true;
      }
    }
    return false;
  }

  /** Makes an empty one of what is at a path, whose directory is there already. */
  #make(inside: string): Stats | undefined {
    const stats = statsOf(this.#source + inside);
    const target = this.#target + inside;
    if (stats === undefined || statsOf(target) !== undefined) return stats;
    if (stats.isSymbolicLink()) symlinkSync(readlinkSync(this.#source + inside), target);
    else if (stats.isDirectory()) mkdirSync(target);
    else if (stats.isFile()) {
      writeFileSync(target, "");
      chmodSync(target, stats.mode | 0o200);
    }
    return stats;
  }
}

function statsOf(file: string): Stats | undefined {
  try {
    return lstatSync(file);
  } catch {
    return undefined;
  }
}
