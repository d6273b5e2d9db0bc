import type { DrvPath } from "@flurry/core";

import type { RunCall } from "../pool/run-call.ts";
import { derivationOutputs } from "../process/capabilities.ts";
import type { NixVersion } from "../process/capabilities.ts";

/** What is asked for before a build. */
export interface ForecastParts {
  readonly run: RunCall;
  readonly version: NixVersion;
  readonly signal: AbortSignal;
  /** Flags of the build that decide what would be built. */
  readonly flags: readonly string[];
}

/** The derivations that a build would build. Empty when nix does not say: the forecast is for progress only. */
export async function forecast(drvPaths: readonly DrvPath[], parts: ForecastParts): Promise<ReadonlySet<string>> {
  const { run, version, signal, flags } = parts;
  const args = ["--dry-run", "--no-link", ...flags, "--", ...drvPaths.map((path) => derivationOutputs(version, path))];
  const lines: string[] = [];
  const call = {
    command: ["build"],
    args,
    what: "planning the build",
    timeoutMs: 600_000,
    events: "messages",
  } as const;
  await run(call, {
    signal,
    onEvent: (event) => {
      if (event.kind === "message") lines.push(event.text);
    },
  });
  return willBeBuilt(lines);
}

/** Reads "these N derivations will be built:" and the paths that follow it. */
export function willBeBuilt(lines: readonly string[]): ReadonlySet<string> {
  const all = lines.flatMap((line) => line.split("\n"));
  const from = all.findIndex((line) => /^(?:these \d+ derivations|this derivation) will be built:/.test(line));
  const built = new Set<string>();
  if (from === -1) return built;
  for (const line of all.slice(from + 1)) {
    const path = /^ {2}(\/nix\/store\/\S+\.drv)$/.exec(line)?.[1];
    if (path === undefined) break;
    built.add(path);
  }
  return built;
}
