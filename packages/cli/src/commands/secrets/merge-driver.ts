import { resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { isAgeFile, mergeSops, parseSops, printPath, sopsFormatOf, unlockSops, writeSecretFile } from "@flurry/secrets";
import type { UnlockedSops } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsFlags } from "../../command-line/secrets-flags.ts";
import { renderError } from "../../renderers/error.ts";
import { mergeAge } from "../../secrets/merge-age.ts";
import { mergeLines } from "../../secrets/merge-lines.ts";
import { wrapperWith } from "../../secrets/new-file.ts";
import { readBytes } from "../../secrets/secret-file.ts";
import type { SecretsSession } from "../../secrets/session.ts";
import { withSecrets } from "../../secrets/session.ts";

/** What git hands over: files with the three versions, and the name that they have in the repository. */
type GitWords = readonly [base: string, ours: string, theirs: string, name: string];

/** `flurry secrets merge-driver`: what git calls to merge an encrypted file; the result goes where ours was. */
export async function mergeDriver(this: CommandScope, flags: SecretsFlags, ...words: GitWords): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    try {
      return await mergeFiles(words, session);
    } catch (error) {
      session.interruption.signal.throwIfAborted();
      // Above 128 git gives up the whole merge; anything else is a conflict in this file, which has our version.
      const { output } = session;
      const { colors, verbose } = { colors: output.progressColors, verbose: output.verbose };
      output.stderr.write(`${renderError(FlurryError.from(error).toJSON(), { colors, verbose })}\n`);
      return 1;
    }
  });
}

async function mergeFiles([base, ours, theirs, name]: GitWords, session: SecretsSession): Promise<number> {
  const [before, left, right] = await Promise.all([base, ours, theirs].map(async (file) => await read(file, session)));
  if (before === undefined || left === undefined || right === undefined)
    throw new FlurryError("FLURRY_SECRETS_FILE_NOT_FOUND", "A version that git should have written is not there");
  const put = async (after: Uint8Array): Promise<void> =>
    await writeSecretFile(resolve(session.cwd, ours), after, { expected: left });
  const simple = simpleMerge(before, left, right);
  if (simple !== undefined) {
    await put(simple);
    return 0;
  }
  if (isAgeFile(left) || isAgeFile(right)) {
    const merged = await mergeAge({ base: before, ours: left, theirs: right, name }, session);
    await put(merged.bytes);
    if (merged.conflicts === 0) return 0;
    session.warn(`${name}: both sides changed the same lines, which show both now`);
    return toResolve(name, session);
  }
  const sides = await Promise.all([before, left, right].map(async (bytes) => await unlock(bytes, name, session)));
  const [openBase, openOurs, openTheirs] = sides;
  // The driver is set for a whole folder, in which there may be other files too.
  if (openOurs === undefined || openTheirs === undefined) {
    await put(await mergePlain([before, left, right], session));
    return 0;
  }
  const { bytes, conflicts } = await mergeSops(
    { base: openBase, ours: openOurs, theirs: openTheirs },
    { now: session.now(), wrapperFor: wrapperWith(session), mergeText: mergeLines(session) },
  );
  await put(bytes);
  for (const path of conflicts) session.warn(`${name}: both sides changed ${printPath(path)}`);
  return conflicts.length > 0 ? toResolve(name, session) : 0;
}

function toResolve(name: string, session: SecretsSession): number {
  session.say(`To resolve: flurry secrets edit ${name}, then git add ${name}`);
  return 1;
}

async function read(file: string, { cwd }: SecretsSession): Promise<Uint8Array | undefined> {
  return await readBytes(resolve(cwd, file), file);
}

function simpleMerge(before: Uint8Array, left: Uint8Array, right: Uint8Array): Uint8Array | undefined {
  const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.from(a).equals(b);
  if (same(left, right) || same(before, right)) return left;
  return same(before, left) ? right : undefined;
}

/** @returns undefined for a file that is not encrypted; an empty one is what git gives for none */
async function unlock(bytes: Uint8Array, name: string, session: SecretsSession): Promise<UnlockedSops | undefined> {
  if (bytes.length === 0) return undefined;
  try {
    return await unlockSops(parseSops(bytes, { format: sopsFormatOf(name), file: name }), await session.openers());
  } catch (error) {
    if (FlurryError.is(error) && error.code === "FLURRY_SOPS_NOT_ENCRYPTED") return undefined;
    throw error;
  }
}

async function mergePlain(
  [before, left, right]: readonly [Uint8Array, Uint8Array, Uint8Array],
  session: SecretsSession,
): Promise<Uint8Array> {
  const merged = await mergeLines(session)(before, left, right);
  if (merged !== undefined) return merged;
  throw new FlurryError("FLURRY_SECRETS_MERGE_CONFLICT", "The file is not encrypted and does not merge by lines");
}
