import type { Rollout, Wave } from "../fleet/rollout.ts";
import type { Selectable } from "./match.ts";
import { selects } from "./match.ts";

/** A wave with the hosts that are deployed in it. */
export interface WaveOfHosts<H extends Selectable> {
  readonly wave: Wave;
  /** At least one, in the order in which they were given. */
  readonly hosts: readonly H[];
}

const theRest: Wave = { name: "the rest", selector: { kind: "host", pattern: "*" }, pauseMs: 0 };

/**
 * Puts each host into the first wave that selects it. Hosts that no wave selects come last, in a wave of their own,
 * so that none is forgotten. Waves without hosts are left out.
 */
export function assignWaves<H extends Selectable>(rollout: Rollout, hosts: readonly H[]): readonly WaveOfHosts<H>[] {
  const left = new Set(hosts);
  const filled: WaveOfHosts<H>[] = [];
  for (const wave of [...rollout.waves, theRest]) {
    const chosen = [...left].filter((host) => selects(wave.selector, host));
    for (const host of chosen) left.delete(host);
    if (chosen.length > 0) filled.push({ wave, hosts: chosen });
  }
  return filled;
}
