import type { DrvPath } from "@flurry/core";

import type { RunCall } from "../pool/run-call.ts";
import { derivationOutputs, knownNixVersion } from "../process/capabilities.ts";
import { runNix } from "../process/nix-command.ts";
import type { NixContext } from "../process/nix-context.ts";
import { derivationClosures } from "./derivation-graph.ts";
import { willBeBuilt } from "./forecast.ts";

/** What has to be done before the outputs of a derivation are in the store. */
export interface BuildForecast {
  /** The derivations that nobody has built yet, in the order in which nix names them. */
  readonly toBuild: readonly DrvPath[];
  /** What is fetched from binary caches. */
  readonly toFetch: { readonly paths: number; readonly downloadBytes: number };
  /** Every derivation that it is made from, itself included, whether built or not. */
  readonly derivations: ReadonlySet<string>;
}

/** Asks nix what it would build and fetch. Nothing is built or fetched. Empty where nix does not say. */
export async function buildForecast(
  drvPath: DrvPath,
  context: NixContext,
  { signal }: { readonly signal: AbortSignal },
): Promise<BuildForecast> {
  const version = await knownNixVersion(context, { signal });
  const run: RunCall = async (call, follow) => ({ ...(await runNix(context, call, follow)), durationMs: 0 });
  const lines: string[] = [];
  const call = {
    command: ["build"],
    args: ["--dry-run", "--no-link", "--", derivationOutputs(version, drvPath)],
    what: "planning the build",
    timeoutMs: 600_000,
    events: "messages",
  } as const;
  const [closures] = await Promise.all([
    derivationClosures([drvPath], { run, version, signal }),
    run(call, { signal, onEvent: (event) => event.kind === "message" && lines.push(event.text) }),
  ]);
  return {
    toBuild: [...willBeBuilt(lines)] as DrvPath[],
    toFetch: willBeFetched(lines),
    derivations: closures.get(drvPath) ?? new Set(),
  };
}

const units: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** Reads "these 3 paths will be fetched (1.20 MiB download, 4.00 MiB unpacked):", with units since 2.27. */
export function willBeFetched(lines: readonly string[]): BuildForecast["toFetch"] {
  const pattern = /^(?:these (\d+) paths|this path) will be fetched \(([\d.]+) ([KMGT]?i?B) download,/m;
  const match = pattern.exec(lines.join("\n"));
  if (match === null) return { paths: 0, downloadBytes: 0 };
  const [, count = "1", amount = "0", unit = "MiB"] = match;
  return { paths: Number(count), downloadBytes: Math.round(Number(amount) * (units[unit] ?? 0)) };
}
