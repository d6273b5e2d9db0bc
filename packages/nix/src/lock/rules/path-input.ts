import { at } from "../lock-finding.ts";
import type { LockRule } from "../lock-finding.ts";

/** Inputs that only this machine has. */
export const pathInput: LockRule = {
  name: "lock-path-input",
  about: "A path: or file: input is on one machine only; nobody else can evaluate the flake.",
  check: ({ graph }) =>
    graph.reached.flatMap(({ node, path }) => {
      const where = localPath(node.locked?.["path"], node.locked?.["url"]);
      if (where === undefined || node.parent !== undefined) return [];
      const input = path.join("/");
      const hint = "push it somewhere and name that, or move it into the repository as ./directory";
      return [
        { severity: "warning", input, message: `${input} is ${where} of this machine`, hint, ...at(node) } as const,
      ];
    }),
};

function localPath(path: unknown, url: unknown): string | undefined {
  if (typeof path === "string") return path.startsWith("/") ? path : undefined;
  if (typeof url !== "string") return undefined;
  return /^(?:git\+)?file:\/\/(\/[^?]*)/.exec(url)?.[1];
}
