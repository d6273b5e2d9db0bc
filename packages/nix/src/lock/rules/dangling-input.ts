import type { LockRule } from "../lock-finding.ts";
import { at } from "../lock-finding.ts";

/** Inputs that lead to nothing, or in circles. */
export const danglingInput: LockRule = {
  name: "lock-dangling-input",
  about:
    "An input follows one that is not there, or inputs follow each other in a circle: whoever needs it cannot have it.",
  check: ({ lock, graph }) =>
    graph.edges.flatMap(({ user, input, follows, target }) => {
      if (target.kind === "node") return [];
      const path = [...user, input].join("/");
      const where = at(nodeAt(lock, graph, user));
      const what = follows === undefined ? "" : ` "${follows.join("/")}"`;
      return [
        {
          severity: "error",
          input: path,
          message:
            target.kind === "circle"
              ? `${path} follows${what}, which leads back to itself`
              : `${path} ${follows === undefined ? "stands for" : `follows${what}, but there is no`} ${target.missing}${follows === undefined ? ", which is not in the lock file" : ""}`,
          hint: "repair the follows in flake.nix, then: nix flake lock",
          ...where,
        } as const,
      ];
    }),
};

function nodeAt(
  lock: Parameters<LockRule["check"]>[0]["lock"],
  graph: Parameters<LockRule["check"]>[0]["graph"],
  path: readonly string[],
): { readonly line: number; readonly column: number } {
  if (path.length === 0) return lock.nodes.get(lock.root) ?? { line: 1, column: 1 };
  const key = path.join("/");
  return graph.reached.find((each) => each.path.join("/") === key)?.node ?? { line: 1, column: 1 };
}
