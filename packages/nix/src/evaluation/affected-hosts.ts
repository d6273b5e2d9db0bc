import type { DrvPath, FlurryError } from "@flurry/core";

import type { LockedFlake } from "../flake/locked-flake.ts";
import type { NixPool } from "../pool/pool.ts";
import type { EvaluationReason } from "./evaluation-reason.ts";
import type { EvaluateOptions, Evaluation, EvaluationRequest } from "./evaluation.ts";

/** What a change of the source means for one host. */
export type HostChange =
  /** The same derivation as before. */
  | { readonly host: string; readonly status: "unchanged"; readonly drvPath: DrvPath }
  /** Another derivation, or the first one. `reasons` say what of the host's reads changed, where that was looked at. */
  | {
      readonly host: string;
      readonly status: "changed";
      readonly before?: DrvPath;
      readonly drvPath: DrvPath;
      readonly reasons: readonly EvaluationReason[];
    }
  /** It does not evaluate after the change. */
  | { readonly host: string; readonly status: "failed"; readonly before?: DrvPath; readonly error: FlurryError };

/**
 * Which hosts a change affects: those whose derivation is another one. Evaluates what is not remembered of the two states,
 * so that it takes next to nothing when the earlier one was deployed from here, and what it finds out is remembered.
 *
 * @param requests - each with a host name of its own
 * @param flakes - two states of a flake: `lockFlake("git+file:///fleet?rev=…")` and `lockFlake(".")`
 * @returns one change for each request, in their order
 */
export async function affectedHosts(
  pool: Pick<NixPool, "evaluate">,
  flakes: { readonly before: LockedFlake; readonly after: LockedFlake },
  requests: readonly EvaluationRequest[],
  options: EvaluateOptions = {},
): Promise<readonly HostChange[]> {
  const before = await evaluateAll(pool, flakes.before, requests, options);
  const after = await evaluateAll(pool, flakes.after, requests, options);
  return after.map((evaluation, index) => change(before[index], evaluation));
}

async function evaluateAll(
  pool: Pick<NixPool, "evaluate">,
  flake: LockedFlake,
  requests: readonly EvaluationRequest[],
  options: EvaluateOptions,
): Promise<readonly Evaluation[]> {
  const results = new Map<string, Evaluation>();
  for await (const evaluation of pool.evaluate(flake, requests, options)) results.set(evaluation.host, evaluation);
  return requests.flatMap(({ host }) => results.get(host) ?? []);
}

function change(before: Evaluation | undefined, after: Evaluation): HostChange {
  const host = after.host;
  const earlier = before?.status === "ok" ? { before: before.drvPath } : {};
  if (after.status === "failed") return { host, status: "failed", ...earlier, error: after.error };
  const { drvPath, reasons } = after;
  if (earlier.before === drvPath) return { host, status: "unchanged", drvPath };
  return { host, status: "changed", ...earlier, drvPath, reasons };
}
