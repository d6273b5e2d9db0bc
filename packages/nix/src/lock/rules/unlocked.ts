import type { LockNode } from "../lock-file.ts";
import { at } from "../lock-finding.ts";
import type { LockRule } from "../lock-finding.ts";

/** Inputs that nobody pinned. */
export const unlocked: LockRule = {
  name: "lock-unlocked",
  about: "An input without a hash is another one tomorrow, or for someone else.",
  check: ({ graph }) =>
    graph.reached.flatMap(({ node, path }) => {
      const why = reason(node);
      if (why === undefined) return [];
      const input = path.join("/");
      return [{ severity: "error", input, message: `${input} ${why}`, hint: "nix flake lock", ...at(node) } as const];
    }),
};

function reason({ locked, parent }: LockNode): string | undefined {
  if (locked === undefined) return "is not locked";
  // A directory of the flake's own source is pinned with it.
  if (parent !== undefined || (locked.type === "path" && !String(locked["path"] ?? "").startsWith("/")))
    return undefined;
  const isPinned = locked["narHash"] !== undefined || locked["rev"] !== undefined;
  if (!isPinned) return "is locked without a hash and without a revision";
  if (locked.type === "git" && locked["rev"] === undefined) return "is a git tree with uncommitted changes";
  return undefined;
}
