import { at } from "../lock-finding.ts";
import type { LockRule } from "../lock-finding.ts";
import { isNixpkgs, lastModifiedMs } from "../lock-reference.ts";

const dayMs = 86_400_000;
const longMs = 90 * dayMs;

/** A nixpkgs of the flake's own that is months old. */
export const stale: LockRule = {
  name: "lock-stale",
  about: "A nixpkgs that was pinned three months ago lacks three months of security updates.",
  check: ({ graph, nowMs }) =>
    graph.reached.flatMap(({ node, path }) => {
      const modified = lastModifiedMs(node);
      if (path.length !== 1 || modified === undefined || nowMs - modified < longMs || !isNixpkgs(node)) return [];
      const [input = ""] = path;
      const days = Math.floor((nowMs - modified) / dayMs);
      return [
        {
          severity: "note",
          input,
          message: `${input} is ${days} days old`,
          hint: `flurry inputs update ${input}`,
          ...at(node),
        } as const,
      ];
    }),
};
