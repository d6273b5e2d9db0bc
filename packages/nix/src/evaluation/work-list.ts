import type { DrvPath } from "@flurry/core";

import type { Lookup } from "./evaluation-cache.ts";
import type { EvaluationReason } from "./evaluation-reason.ts";
import type { EvaluateOptions, EvaluationRequest } from "./evaluation.ts";
import type { Measurements } from "./measurements.ts";
import type { StoredRecord } from "./record-store.ts";

/** A host with an answer that is remembered. */
export interface Hit {
  readonly request: EvaluationRequest;
  readonly stored: StoredRecord;
}

/** A host that has to be evaluated. */
export interface Miss {
  readonly request: EvaluationRequest;
  readonly reasons: readonly EvaluationReason[];
  /** What the host was when it was evaluated last. */
  readonly previous?: DrvPath;
}

/** Divides hosts by what is to be done for each; with `verify`, remembered answers that are not proven yet are work too. */
export function divide(
  requests: readonly EvaluationRequest[],
  looks: readonly Lookup[],
  { verify = false }: EvaluateOptions = {},
): { readonly ready: readonly Hit[]; readonly unproven: readonly Hit[]; readonly misses: readonly Miss[] } {
  const ready: Hit[] = [];
  const unproven: Hit[] = [];
  const misses: Miss[] = [];
  for (const [index, request] of requests.entries()) {
    const look = looks[index];
    if (look === undefined) throw new RangeError("a request was not looked up");
    if (look.kind === "miss") misses.push({ request, ...look });
    else if (verify && !look.stored.record.proven) unproven.push({ request, stored: look.stored });
    else ready.push({ request, stored: look.stored });
  }
  return { ready, unproven, misses };
}

/** The longest first, so that none of them runs alone at the end; those that nobody knows before all. */
export function byDuration(misses: readonly Miss[], measurements: Measurements): readonly Miss[] {
  const duration = ({ request }: Miss): number => measurements.of(request)?.durationMs ?? Number.MAX_VALUE;
  return [...misses].sort((a, b) => duration(b) - duration(a));
}
