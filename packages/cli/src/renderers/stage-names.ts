import type { Stage, VerdictStatus } from "@flurry/core";

/** What a host is doing in each stage, for people. */
export const stageNames: Readonly<Record<Stage, string>> = {
  evaluate: "evaluating",
  build: "building",
  preflight: "checking",
  copy: "copying",
  arm: "arming",
  try: "activating",
  prove: "proving",
  commit: "committing",
  revert: "reverting",
  disarm: "finishing",
};

/** True when the stage is over as soon as it begins: what the evaluation comes to is remembered. */
export function isCached(stage: Stage, note: string | undefined): boolean {
  return stage === "evaluate" && note === "cached";
}

/** A sign for each verdict, so that nothing is said by colour alone. */
export const verdictSigns: Readonly<Record<VerdictStatus, string>> = {
  unchanged: "=",
  deployed: "✓",
  reverted: "↺",
  failed: "✗",
  unreachable: "!",
  skipped: "–",
};

/** The colour of each verdict. */
export const verdictColors = {
  unchanged: "dim",
  deployed: "green",
  reverted: "yellow",
  failed: "red",
  unreachable: "red",
  skipped: "dim",
} as const satisfies Record<VerdictStatus, string>;
