import { at } from "../lock-finding.ts";
import type { LockRule } from "../lock-finding.ts";
import { referenceText } from "../lock-reference.ts";

/** Inputs that the registry of the moment resolved. */
export const indirect: LockRule = {
  name: "lock-indirect",
  about: "The name of a registry stands for something else on each machine, and for something else next year.",
  check: ({ graph }) =>
    graph.reached.flatMap(({ node, path }) => {
      if (node.original?.type !== "indirect") return [];
      const input = path.join("/");
      const id = referenceText(node.original);
      const now = node.locked === undefined ? "" : withoutRevision(node.locked);
      // What other flakes ask for is theirs to repair.
      const isOwn = path.length === 1;
      return [
        {
          severity: isOwn ? "warning" : "note",
          input,
          message: `${input} is "${id}" of the registry${now === "" ? "" : `, which was ${now} when it was locked`}`,
          hint: isOwn
            ? `in flake.nix: ${path[0]}.url = "${now}";`
            : `in flake.nix: ${path[0]} could let it follow an input of yours`,
          ...at(node),
        } as const,
      ];
    }),
};

function withoutRevision(locked: Parameters<typeof referenceText>[0]): string {
  const { rev: _, ...rest } = locked;
  return referenceText(rest);
}
