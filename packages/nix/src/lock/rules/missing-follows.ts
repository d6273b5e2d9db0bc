import { at } from "../lock-finding.ts";
import type { LockRule } from "../lock-finding.ts";
import type { ReachedNode } from "../lock-graph.ts";
import { isNixpkgs, projectOf } from "../lock-reference.ts";

/** An input of an input that the flake has itself, in another version. */
export const missingFollows: LockRule = {
  name: "lock-missing-follows",
  about: "An input brings its own version of what the flake pins already; with follows both are the same.",
  check: ({ lock, graph }) => {
    const own = graph.reached.filter(({ path }) => path.length === 1);
    return graph.reached
      .filter(({ path, users }) => path.length === 2 && users.every((user) => user.length > 1))
      .flatMap(({ node, path, users }) => {
        const [user = "", name = ""] = path;
        const same = counterpart({ node, path, users }, own);
        if (same === undefined || lock.root === node.name) return [];
        const others = users.filter((each) => each.length === 2 && each !== path);
        const also = others.length === 0 ? "" : `, as ${others.map((each) => each.join("/")).join(", ")}`;
        return [
          {
            severity: "warning",
            input: path.join("/"),
            message: `${user} brings its own ${name}, although the flake has ${same}${also}`,
            hint: `in flake.nix: ${user}.inputs.${name}.follows = "${same}";`,
            ...at(node),
          } as const,
        ];
      });
  },
};

/**
 * The input of the flake that could stand in: of the same project, and under the same name or from the same branch. A revision
 * that was asked for is meant.
 */
function counterpart({ node, path }: ReachedNode, own: readonly ReachedNode[]): string | undefined {
  if (node.original?.["rev"] !== undefined) return undefined;
  const project = projectOf(node);
  const name = path.at(-1);
  const same = own.filter((each) =>
    isNixpkgs(node) ? isNixpkgs(each.node) : project !== undefined && projectOf(each.node) === project,
  );
  const best =
    same.find((each) => each.path[0] === name) ??
    same.find((each) => each.node.original?.["ref"] === node.original?.["ref"]);
  return best?.path[0];
}
