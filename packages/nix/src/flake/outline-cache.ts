import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { atomicWrite } from "@flurry/core";

import { evaluationCacheDirectory } from "../evaluation/evaluation-cache.ts";
import type { NixVersion } from "../process/capabilities.ts";
import type { NixContext } from "../process/nix-context.ts";
import type { LockedFlake } from "./locked-flake.ts";

/** More states of flakes than this are not kept. */
const most = 64;

/** Where what a flake says of its hosts is remembered. */
export interface OutlinePlace {
  readonly directory: string;
  readonly file: string;
}

/**
 * The place of a flake's outline: a pure evaluation of the same source by the same Nix with the same settings comes to the same.
 *
 * @returns undefined without a home
 */
export function outlinePlace(
  { lockedRef }: LockedFlake,
  { env, options = [], extraArgs = [] }: NixContext,
  { text, expression }: Pick<NixVersion, "text"> & { readonly expression: string },
): OutlinePlace | undefined {
  const evaluations = evaluationCacheDirectory(env);
  if (evaluations === undefined) return undefined;
  // Beside the evaluations, whose directory ends with eval/<version>.
  const directory = join(dirname(dirname(evaluations)), "outline", "v1");
  const known = [lockedRef, text, expression, options, extraArgs, env["NIX_CONFIG"] ?? ""];
  const key = createHash("sha256").update(JSON.stringify(known)).digest("hex").slice(0, 40);
  return { directory, file: join(directory, `${key}.json`) };
}

/** What was remembered, as the text that nix printed; undefined when there is nothing. */
export async function readOutline({ file }: OutlinePlace): Promise<string | undefined> {
  return await readFile(file, "utf8").catch(() => undefined);
}

/** Remembers what nix printed. That it cannot be written is no loss but of time. */
export async function writeOutline({ directory, file }: OutlinePlace, text: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await atomicWrite(file, text, { mode: 0o600 });
    await prune(directory);
  } catch {
    // The next command asks nix again.
  }
}

async function prune(directory: string): Promise<void> {
  const names = await readdir(directory);
  if (names.length <= most) return;
  const files = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(directory, name))).mtimeMs })),
  );
  const old = files.toSorted((a, b) => b.at - a.at).slice(most);
  await Promise.all(old.map(({ name }) => rm(join(directory, name), { force: true })));
}
