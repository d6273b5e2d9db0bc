import { resolve } from "node:path";

import { FlurryError, nearestName } from "@flurry/core";

import type { FileChange } from "./file-changes.ts";
import type { GeneratedFile } from "./plan-generated.ts";
import { pathInRepository } from "./repository-files.ts";

/** Files that a person wrote and that are to be generated from now on. */
export interface TakeOverOptions {
  /** Hand-written files to replace, as the user named them. */
  readonly adopt?: readonly string[];
  /** Edited files to replace. */
  readonly force?: readonly string[];
  /** The repository. */
  readonly directory: string;
  /** What the names are relative to. */
  readonly cwd: string;
}

/** Generated files with the user's say on those that a person wrote. */
export interface TakenOver {
  /** All files; those that are taken over count as updated. */
  readonly files: readonly GeneratedFile[];
  /** What a person wrote and will be gone. */
  readonly replaced: readonly GeneratedFile[];
}

/**
 * Applies `--adopt` and `--force`.
 *
 * @throws FlurryError FLURRY_USAGE for a file that is not generated, or that the other flag is for; FLURRY_FLEET_INVALID for
 * a flake that the fleet file says too little for
 */
export function takeOver(files: readonly GeneratedFile[], options: TakeOverOptions): TakenOver {
  const chosen = new Set([
    ...(options.adopt ?? []).map((name) => named(name, { files, options, state: "hand-written" })),
    ...(options.force ?? []).map((name) => named(name, { files, options, state: "edited" })),
  ]);
  const replaced = files.filter(({ path, state }) => chosen.has(path) && state !== "same" && state !== "updated");
  return {
    files: files.map((file) => (replaced.includes(file) ? { ...file, state: "updated" } : file)),
    replaced,
  };
}

interface Wanted {
  readonly files: readonly GeneratedFile[];
  readonly options: TakeOverOptions;
  readonly state: "hand-written" | "edited";
}

function named(name: string, { files, options, state }: Wanted): string {
  const path = pathInRepository(options.directory, resolve(options.cwd, name));
  const file = files.find((one) => one.path === path);
  if (file === undefined) {
    const paths = files.map((one) => one.path);
    const nearest = nearestName(path ?? name, paths);
    throw new FlurryError("FLURRY_USAGE", `${name} is not generated from the fleet file`, {
      hint: nearest === undefined ? `generated are ${paths.join(", ")}` : `did you mean ${nearest}?`,
    });
  }
  const other = state === "edited" ? "hand-written" : "edited";
  if (file.state === other)
    throw new FlurryError(
      "FLURRY_USAGE",
      other === "edited" ? `${name} was generated and edited since` : `${name} was never generated: it is hand-written`,
      { hint: `write flurry render --${other === "edited" ? "force" : "adopt"} ${name}` },
    );
  if (file.problem !== undefined) throw file.problem;
  return file.path;
}

/** Copies of what a person wrote, below `.flurry/replaced`, where nothing is generated. */
export function keepReplaced(replaced: readonly GeneratedFile[], now: Date): readonly FileChange[] {
  const stamp = now.toISOString().replaceAll(/[:.]/g, "-");
  return replaced.flatMap(({ path, before }): readonly FileChange[] =>
    before === undefined ? [] : [{ kind: "write", path: `.flurry/replaced/${stamp}/${path}`, content: before }],
  );
}
