import type { Issue } from "@flurry/core";

import { rolloutDefaults } from "../fleet/rollout.ts";
import type { ParallelLimits, Rollout, Wave } from "../fleet/rollout.ts";
import type { Selectable } from "../selector/match.ts";
import { durationMs } from "./resolve-deploy.ts";
import { checkSelector } from "./resolve-selector.ts";
import type { RolloutInput } from "./schema/rollout.ts";

type WaveInput = NonNullable<RolloutInput["waves"]>[number];

/** The rollout with all defaults; a wave whose selector is wrong is an issue and left out. */
export function resolveRollout(
  rollout: RolloutInput,
  hosts: readonly Selectable[],
  report: (issue: Issue) => void,
): Rollout {
  return {
    waves: waves(rollout, hosts, report),
    parallel: limits(rollout.parallel),
    onFailure: rollout.onFailure ?? rolloutDefaults.onFailure,
    unreachable: rollout.unreachable ?? rolloutDefaults.unreachable,
  };
}

function waves(rollout: RolloutInput, hosts: readonly Selectable[], report: (issue: Issue) => void): readonly Wave[] {
  if (rollout.waves === undefined) return rolloutDefaults.waves;
  const chosen = new Set<string>();
  let mistakes = 0;
  const resolved = rollout.waves.flatMap((wave, index) => {
    const path = ["rollout", "waves", index, ...(typeof wave === "string" ? [] : ["hosts"])];
    const checked = checkSelector(typeof wave === "string" ? wave : wave.hosts, hosts, path);
    for (const issue of checked.issues) report(issue);
    mistakes += checked.issues.length;
    for (const name of checked.hosts) chosen.add(name);
    return checked.selector === undefined ? [] : [waveOf(wave, checked.selector)];
  });
  const forgotten = hosts.filter((host) => !chosen.has(host.name)).map((host) => host.name);
  if (forgotten.length > 0 && mistakes === 0) {
    report({
      code: "host-without-wave",
      message: `no wave selects ${forgotten.join(", ")}`,
      severity: "warning",
      path: ["rollout", "waves"],
      hint: 'they are deployed last; add "*" as the last wave to say so',
    });
  }
  return resolved;
}

function waveOf(wave: WaveInput, selector: Wave["selector"]): Wave {
  if (typeof wave === "string") return { name: wave, selector, pauseMs: 0 };
  return {
    name: wave.hosts,
    selector,
    ...(wave.parallel === undefined ? {} : { parallel: wave.parallel }),
    pauseMs: durationMs(wave.pause) ?? 0,
    ...(wave.health === undefined ? {} : { health: wave.health }),
    ...(wave.ask === undefined ? {} : { ask: wave.ask }),
  };
}

function limits(parallel: RolloutInput["parallel"]): ParallelLimits {
  if (typeof parallel === "number") return { copy: parallel, activate: parallel };
  return {
    ...(parallel?.evaluate === undefined ? {} : { evaluate: parallel.evaluate }),
    copy: parallel?.copy ?? rolloutDefaults.parallel.copy,
    activate: parallel?.activate ?? rolloutDefaults.parallel.activate,
  };
}
