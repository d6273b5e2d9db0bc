import { at } from "../lock-finding.ts";
import type { LockRule } from "../lock-finding.ts";

/** Nodes that nothing leads to. */
export const orphan: LockRule = {
  name: "lock-orphan",
  about: "Nothing needs these nodes; a merge of two lock files left them.",
  check: ({ graph: { orphans } }) =>
    orphans.map((node) => ({
      severity: "note",
      input: node.name,
      message: `nothing leads to the node ${node.name}`,
      hint: "nix flake lock writes the file without it",
      ...at(node),
    })),
};
