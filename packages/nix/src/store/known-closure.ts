import { FlurryError } from "@flurry/core";
import type { StorePath } from "@flurry/core";

import type { NixContext } from "../process/nix-context.ts";
import { pathsOnDisk } from "./on-disk.ts";
import { closureInfo } from "./path-info.ts";
import type { PathInfo } from "./path-info.ts";

/** A closure, and who knew it. */
export interface KnownClosure {
  readonly paths: readonly PathInfo[];
  /** The URL of the binary cache; missing when it is the local store. */
  readonly cache?: string;
}

/** Where to look for a closure; see {@link knownClosure}. */
export interface KnownClosureOptions {
  readonly signal: AbortSignal;
  /** The binary caches to ask when the local store does not have it, in this order; see `substituters`. */
  readonly caches: readonly string[];
}

/** Milliseconds for the question to one cache. */
const cacheTimeoutMs = 60_000;

/**
 * The closure of a path without building or fetching anything: as the local store has it, else as the first binary cache that
 * has it says. Undefined when nobody knows it. Caches that do not answer are passed over.
 *
 * @throws FlurryError FLURRY_ABORTED
 */
export async function knownClosure(
  path: StorePath,
  context: NixContext,
  { signal, caches }: KnownClosureOptions,
): Promise<KnownClosure | undefined> {
  const local = (await pathsOnDisk([path])).has(path)
    ? await tried(() => closureInfo([path], context, { signal }))
    : undefined;
  if (local !== undefined) return { paths: local };
  // One try is enough for a question that is asked out of curiosity.
  const impatient = {
    ...context,
    options: [...(context.options ?? []), ["download-attempts", "1"], ["connect-timeout", "5"]] as const,
  };
  for (const cache of caches) {
    const request = { signal, storeUri: cache, timeoutMs: cacheTimeoutMs };
    const paths = await tried(() => closureInfo([path], impatient, request));
    if (paths !== undefined) return { paths, cache };
  }
  return undefined;
}

async function tried<T>(question: () => Promise<T>): Promise<T | undefined> {
  try {
    return await question();
  } catch (error) {
    if (FlurryError.is(error) && error.code !== "FLURRY_ABORTED") return undefined;
    throw error;
  }
}
