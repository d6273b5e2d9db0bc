import type { LockNode } from "../lock-file.ts";
import { at } from "../lock-finding.ts";
import type { LockRule } from "../lock-finding.ts";

/** Release branches that get no updates any more. */
export const endOfLife: LockRule = {
  name: "lock-end-of-life",
  about: "A release of NixOS gets security updates for seven months; its branch is dead after that.",
  check: ({ graph, nowMs }) =>
    graph.reached.flatMap(({ node, path }) => {
      const branch = branchOf(node);
      const end = branch === undefined ? undefined : endOfRelease(branch);
      if (branch === undefined || end === undefined || nowMs <= end) return [];
      const input = path.join("/");
      return [
        {
          severity: path.length === 1 ? "warning" : "note",
          input,
          message: `${input} is of the branch ${branch}, which has had no updates since ${new Date(end).toISOString().slice(0, 10)}`,
          hint: path.length === 1 ? "go to a later release" : `update ${path[0]}, or let it follow an input of yours`,
          ...at(node),
        } as const,
      ];
    }),
};

function branchOf({ original }: LockNode): string | undefined {
  if (original === undefined) return undefined;
  const { ref, url } = original;
  if (typeof ref === "string") return ref;
  return typeof url === "string" ? /\/(nixos-\d\d\.\d\d[a-z-]*)\//.exec(url)?.[1] : undefined;
}

/**
 * When a release stops: the end of the seventh month after that in its name, in milliseconds since the epoch.
 *
 * @see https://endoflife.date/nixos
 */
export function endOfRelease(branch: string): number | undefined {
  const [, year, month] = /(?:^|[-/])(\d\d)\.(03|05|09|11)(?=$|-)/.exec(branch) ?? [];
  if (year === undefined || month === undefined || Number(year) < 13) return undefined;
  return Date.UTC(2000 + Number(year), Number(month) + 7, 1) - 1;
}
