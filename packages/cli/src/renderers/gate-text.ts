import { clock } from "./measures.ts";
import { plainLine } from "./plain-text.ts";
import type { GateState } from "./reduce.ts";

/**
 * What a run waits for behind a wave: "wave @storage is done, pausing for 5:00".
 *
 * @param now - milliseconds since the epoch
 */
export function gateText({ wave, state, until }: GateState, now: number): string {
  const done = `wave ${plainLine(wave)} is done`;
  switch (state) {
    case "pausing":
      return `${done}, pausing for ${clock(Math.max(0, (until ?? now) - now))}`;
    case "checking":
      return `${done}, checking the health of its hosts once more`;
    case "asking":
      return `${done}, waiting for an answer`;
  }
}
