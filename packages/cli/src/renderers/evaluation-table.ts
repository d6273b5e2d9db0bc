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

/** Reasons as JSON shows them: for programs and, as `text`, for people. */
export function reasonsJson(reasons: readonly EvaluationReason[]): readonly object[] {
  return reasons.map((reason) => ({ ...reason, text: reasonText(reason) }));
}

/** Reasons as one text: "hosts/nas.nix changed; the input nixpkgs changed". */
export function reasonsText(reasons: readonly EvaluationReason[]): string {
  return reasons.map(reasonText).join("; ");
}
