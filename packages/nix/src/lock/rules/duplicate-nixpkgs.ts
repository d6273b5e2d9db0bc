import { at } from "../lock-finding.ts";
import type { LockRule } from "../lock-finding.ts";
import { isNixpkgs, shortRevision } from "../lock-reference.ts";

/** Several nixpkgs that the flake itself did not ask for by name. */
export const duplicateNixpkgs: LockRule = {
  name: "lock-duplicate-nixpkgs",
  about: "Each further nixpkgs costs memory and time at evaluation, and brings its own glibc into closures.",
  check: ({ graph }) => {
    const all = graph.reached.filter(({ node }) => isNixpkgs(node));
    const hidden = all.filter(({ users }) => users.every((path) => path.length > 1));
    const [first] = hidden;
    if (first === undefined || all.length < 2) return [];
    const list = hidden.map(({ path, node }) => `${path.join("/")} (${shortRevision(node) ?? "not locked"})`);
    const shown = list.length > 5 ? [...list.slice(0, 5), `and ${list.length - 5} more`] : list;
    return [
      {
        severity: "warning",
        input: first.path.join("/"),
        message: `${all.length} versions of nixpkgs, ${hidden.length} of them through other inputs: ${shown.join(", ")}`,
        hint: "let them follow yours: see the rule lock-missing-follows",
        ...at(first.node),
      },
    ];
  },
};
