import type { DrvPath } from "@flurry/core";
import * as z from "zod";

import type { RunCall } from "../pool/run-call.ts";
import { pathInfoJsonFlags } from "../process/capabilities.ts";
import type { NixVersion } from "../process/capabilities.ts";
import { pathInfoEntries } from "../store/path-info.ts";

/** What is asked of nix for a graph. */
export interface GraphParts {
  readonly run: RunCall;
  readonly version: NixVersion;
  readonly signal: AbortSignal;
}

/** For each derivation all derivations that it needs, itself included. One question, however many they are. */
export async function derivationClosures(
  drvPaths: readonly DrvPath[],
  { run, version, signal }: GraphParts,
): Promise<ReadonlyMap<DrvPath, ReadonlySet<string>>> {
  const args = [...pathInfoJsonFlags(version), "--derivation", "--recursive", "--", ...drvPaths];
  const what = "reading the derivation graph";
  const output = await run({ command: ["path-info"], args, what, timeoutMs: 120_000, events: "none" }, { signal });
  const graph = output.exitCode === 0 ? inputsOf(output.stdout) : new Map<string, readonly string[]>();
  return new Map(drvPaths.map((drvPath) => [drvPath, reachable(drvPath, graph)]));
}

const withReferences = z.looseObject({ references: z.array(z.string()) });

/** The derivations that each derivation of `nix path-info --json` refers to. */
export function inputsOf(text: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    pathInfoEntries(text).flatMap(([path, value]) => {
      const parsed = withReferences.safeParse(value);
      // The second format of 2.33 names paths without the store's directory.
      const absolute = (name: string): string => (name.startsWith("/") ? name : `/nix/store/${name}`);
      const references = parsed.success ? parsed.data.references.map(absolute) : [];
      return path.endsWith(".drv") ? [[path, references.filter((name) => name.endsWith(".drv"))] as const] : [];
    }),
  );
}

/** All that can be reached from a derivation, itself included. */
export function reachable(from: string, graph: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const seen = new Set([from]);
  for (const path of seen) for (const next of graph.get(path) ?? []) seen.add(next);
  return seen;
}
