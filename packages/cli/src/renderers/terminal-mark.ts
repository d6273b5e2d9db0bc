import { stages } from "@flurry/core";

import { tally } from "./phase.ts";
import type { RunState } from "./reduce.ts";

/** The mark that a terminal shows on its tab or in the task bar while nothing is to be shown. */
export const noMark = mark(0, 0);

/**
 * How far a run is, in the escape sequence by which terminals show it on their tab and in the task bar
 * (OSC 9;4, as ConEmu defined it): done hosts in full, running ones by their stage; red as soon as one failed.
 */
export function terminalMark(state: RunState): string {
  const { total, broken } = tally(state);
  if (total === 0) return noMark;
  const done = [...state.hosts.values()].reduce((sum, host) => {
    if (host.endedAt !== undefined || host.verdict !== undefined) return sum + 1;
    return host.stage === undefined ? sum : sum + stages.indexOf(host.stage.name) / stages.length;
  }, 0);
  return mark(broken > 0 ? 2 : 1, Math.floor((done / total) * 100));
}

/** True for terminals that are known to understand the mark; some others take it for a notification. */
export function understandsMarks(env: NodeJS.ProcessEnv): boolean {
  const { WT_SESSION, ConEmuANSI, TERM_PROGRAM = "", TERM_FEATURES = "", VTE_VERSION = "" } = env;
  if (WT_SESSION !== undefined || ConEmuANSI === "ON") return true;
  if (["ghostty", "WezTerm"].includes(TERM_PROGRAM)) return true;
  // iTerm2 tells its features; VTE knows the mark since 0.80.
  return (TERM_PROGRAM === "iTerm.app" && TERM_FEATURES.includes("P")) || Number(VTE_VERSION) >= 8000;
}

function mark(state: 0 | 1 | 2, percent: number): string {
  return `\u001B]9;4;${state};${percent}\u001B\\`;
}
