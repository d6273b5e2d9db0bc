import { readFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";

import type { DrvPath } from "@flurry/core";

/** Files larger than this are not written by an evaluation. */
const maxScannedBytes = 64 * 1024 * 1024;

/**
 * Looks for a text in derivations and all that they are built from. It finds the path of a source that got into a host by
 * a way that leaves no read: `"${self}"`, the name of a directory, positions in the documentation of options.
 */
export class DerivationScan {
  readonly #needle: string;
  /** Without the text, as is all that they are built from. */
  readonly #clean = new Set<string>();
  /** One after another: hosts have most of their derivations in common, and each needs to be read once. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(needle: string) {
    this.#needle = needle;
  }

  /** True when the text is in the derivation, in one that it needs, or in a file that was written for one. */
  finds(drvPath: DrvPath): Promise<boolean> {
    const found = this.#last.then(() => this.#scan(drvPath));
    this.#last = found.catch(() => {});
    return found;
  }

  async #scan(drvPath: DrvPath): Promise<boolean> {
    const seen = new Set<string>();
    const pending: string[] = [drvPath];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      if (seen.has(path) || this.#clean.has(path)) continue;
      seen.add(path);
      // Blocking reads of small files take a tenth of the time; between some of them others get their turn.
      if (seen.size % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      const text = path.endsWith(".drv") ? readFileSync(path, "utf8") : await writtenText(path);
      if (path.includes(this.#needle) || text.includes(this.#needle)) return true;
      if (path.endsWith(".drv")) pending.push(...inputsOf(text));
    }
    for (const path of seen) this.#clean.add(path);
    return false;
  }
}

/** What a derivation is built from: other derivations, and files in the store. */
function inputsOf(text: string): readonly string[] {
  // Derive([outputs],[("/nix/store/….drv",["out"]),…],["/nix/store/…",…],…): the first strings after the outputs.
  const start = text.indexOf("],[");
  const derivations = /^\],\[((?:\("[^"]*",\[[^\]]*\]\),?)*)\],\[((?:"[^"]*",?)*)\]/.exec(text.slice(start));
  if (start === -1 || derivations === null) throw new Error(`not a derivation: ${text.slice(0, 100)}`);
  const [, needed = "", sources = ""] = derivations;
  return [...needed.matchAll(/\("([^"]*)"/g), ...sources.matchAll(/"([^"]*)"/g)].map(([, path = ""]) => path);
}

/**
 * The text of a file in the store; nothing for a directory. `builtins.toFile` writes only files, and a directory is a copy
 * of something that was there before, which cannot know the path.
 */
async function writtenText(path: string): Promise<string> {
  const stats = await stat(path);
  return stats.isFile() && stats.size <= maxScannedBytes ? readFile(path, "latin1") : "";
}
