import type { Attributed } from "@flurry/deploy";
import { reasonText } from "@flurry/nix";
import type { Evaluation, EvaluationReason } from "@flurry/nix";

import type { Colors } from "./colors.ts";
import { renderTable } from "./table.ts";

/** What the systems of hosts are built from, one row for each that evaluates. */
export function renderDerivations(evaluations: readonly Evaluation[], colors: Colors): string {
  const rows = evaluations.flatMap((one) =>
    one.status === "ok" ? [[one.host, one.system, one.drvPath, one.outPath]] : [],
  );
  // Paths are there to be copied, so none is cut.
  const view = { colors, columns: undefined };
  return rows.length === 0 ? "" : renderTable(["host", "system", "derivation", "output"], rows, view);
}

/** An evaluation as `--json` shows it. */
export function evaluationJson(evaluation: Evaluation): object {
  const { host, status, durationMs, cached } = evaluation;
  const reasons = reasonsJson(evaluation.reasons);
  if (evaluation.status === "failed")
    return { host, status, cached, reasons, durationMs, error: evaluation.error.toJSON() };
  const { system, drvPath, outPath, verified, peakRssBytes } = evaluation;
  return { host, status, system, drvPath, outPath, cached, verified, reasons, durationMs, peakRssBytes };
}

/** An evaluation as tables show it: that of a profile as deploy-rs spells it, `nas.notes`. */
export function shownEvaluation({ host, profile, evaluation }: Attributed): Evaluation {
  return profile === undefined ? evaluation : { ...evaluation, host: `${host}.${profile.name}` };
}

/** The evaluations of profiles beside the systems as `--json` shows them, where there are any. */
export function profilesJson(all: readonly Attributed[]): { readonly profiles?: readonly object[] } {
  const profiles = all.flatMap(({ profile, evaluation }) =>
    profile === undefined ? [] : [{ profile: profile.name, user: profile.user, ...evaluationJson(evaluation) }],
  );
  return profiles.length === 0 ? {} : { profiles };
}

/** Reasons as JSON shows them: for programs and, as `text`, for people. */
export function reasonsJson(reasons: readonly EvaluationReason[]): readonly object[] {
  return reasons.map((reason) => ({ ...reason, text: reasonText(reason) }));
}

/** Reasons as one text: "hosts/nas.nix changed; the input nixpkgs changed". */
export function reasonsText(reasons: readonly EvaluationReason[]): string {
  return reasons.map(reasonText).join("; ");
}
