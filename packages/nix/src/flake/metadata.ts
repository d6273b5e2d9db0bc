import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

import * as z from "zod";

const reference = z.looseObject({
  type: z.string(),
  url: z.string().optional(),
  path: z.string().optional(),
  dir: z.string().optional(),
});

/** What of `nix flake metadata --json` is used. All versions from 2.4 on print these. */
export const flakeMetadata = z.looseObject({
  /** Missing where sources are only copied to the store when they must be. */
  path: z.string().optional(),
  revision: z.string().optional(),
  revCount: z.number().optional(),
  lastModified: z.number().optional(),
  locked: reference.extend({
    narHash: z.string().optional(),
    rev: z.string().optional(),
    revCount: z.number().optional(),
    lastModified: z.number().optional(),
    dirtyRev: z.string().optional(),
    dirtyShortRev: z.string().optional(),
    submodules: z.boolean().optional(),
  }),
  resolved: reference,
  locks: z
    .looseObject({
      nodes: z.record(z.string(), z.looseObject({ locked: reference.optional() })),
    })
    .optional(),
});

/** See {@link flakeMetadata}. */
export type FlakeMetadata = z.infer<typeof flakeMetadata>;

/** The directory on this machine that the source comes from: the top of a git tree, or the directory of a `path:` flake. */
export function sourceDirectory({ resolved }: FlakeMetadata, cwd: string): string | undefined {
  // Older versions leave `path:.` as it stands.
  if (resolved.type === "path") return resolved.path === undefined ? undefined : resolve(cwd, resolved.path);
  if (resolved.type !== "git" || resolved.url?.startsWith("file://") !== true) return undefined;
  try {
    const url = new URL(resolved.url);
    url.search = "";
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

/** Names of inputs that are directories of this machine: since 2.20 nix copies each of them anew for every command. */
export function directoryInputs({ locks }: FlakeMetadata): readonly string[] {
  return Object.entries(locks?.nodes ?? {}).flatMap(([name, { locked }]) =>
    locked?.type === "path" && locked.path?.startsWith("/") === true && !locked.path.startsWith("/nix/store/")
      ? [name]
      : [],
  );
}
