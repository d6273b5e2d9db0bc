import { nearestName } from "@flurry/core";
import type { Issue } from "@flurry/core";

import type { Host } from "../fleet/host.ts";
import type { Rollout } from "../fleet/rollout.ts";
import { assignWaves } from "../selector/waves.ts";

/** What is wrong with `dependsOn`: hosts that do not exist, circles, and hosts that a later wave deploys. */
export function dependencyMistakes(hosts: readonly Host[], rollout: Rollout): readonly Issue[] {
  const names = hosts.map(({ name }) => name);
  const unknown = hosts.flatMap((host) => unknownDependencies(host, names));
  if (unknown.length > 0) return unknown;
  const circle = findCircle(hosts);
  if (circle !== undefined) return [circleIssue(circle)];
  return waveMistakes(hosts, rollout);
}

function unknownDependencies({ name, dependsOn = [] }: Host, names: readonly string[]): readonly Issue[] {
  return dependsOn.flatMap((needed, index): readonly Issue[] => {
    if (names.includes(needed)) return [];
    const nearest = nearestName(needed, names);
    const hint = nearest === undefined ? "name a host of this fleet" : `did you mean "${nearest}"?`;
    const message = `there is no host ${JSON.stringify(needed)}`;
    return [{ code: "unknown-host", message, severity: "error", path: ["hosts", name, "dependsOn", index], hint }];
  });
}

/** Hosts that depend on each other, each on the next one and the last one on the first; undefined when there are none. */
export function findCircle(hosts: readonly Pick<Host, "name" | "dependsOn">[]): readonly string[] | undefined {
  const needs = new Map(hosts.map(({ name, dependsOn = [] }) => [name, dependsOn]));
  const settled = new Set<string>();
  const follow = (name: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(name)) return way.slice(way.indexOf(name));
    if (settled.has(name)) return undefined;
    for (const next of needs.get(name) ?? []) {
      const found = follow(next, [...way, name]);
      if (found !== undefined) return found;
    }
    settled.add(name);
    return undefined;
  };
  for (const { name } of hosts) {
    const found = follow(name, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

function circleIssue(circle: readonly string[]): Issue {
  const [first = ""] = circle;
  return {
    code: "dependency-circle",
    message:
      circle.length === 1
        ? `${first} depends on itself`
        : `hosts depend on each other: ${[...circle, first].join(", ")}`,
    severity: "error",
    path: ["hosts", first, "dependsOn"],
    hint: "take one of the dependencies away",
  };
}

function waveMistakes(hosts: readonly Host[], rollout: Rollout): readonly Issue[] {
  const waves = assignWaves(rollout, hosts);
  const waveOf = new Map(waves.flatMap(({ hosts: members }, at) => members.map(({ name }) => [name, at] as const)));
  return hosts.flatMap(({ name, dependsOn = [] }) =>
    dependsOn.flatMap((needed, index): readonly Issue[] => {
      if ((waveOf.get(needed) ?? 0) <= (waveOf.get(name) ?? 0)) return [];
      return [
        {
          code: "dependency-in-later-wave",
          message: `${name} depends on ${needed}, which a later wave deploys`,
          severity: "error",
          path: ["hosts", name, "dependsOn", index],
          hint: "change the order of rollout.waves, or put both into one wave",
        },
      ];
    }),
  );
}
