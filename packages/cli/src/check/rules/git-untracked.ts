import { posix } from "node:path";

import type { CheckRepository, RepositoryRule } from "../rule.ts";

/** Files that Nix would need and cannot see. */
export const gitUntracked: RepositoryRule = {
  name: "git-untracked",
  about: "Nix sees only files that git knows: one that was never added is missing at evaluation, here or for others.",
  severity: "error",
  fix: "git add -N",
  check: (repository) =>
    repository.untracked
      .filter((file) => file.endsWith(".nix") || file === "flake.lock" || isNamed(file, repository))
      .map((file) => ({
        rule: "git-untracked",
        severity: "error",
        file,
        message: `git does not know ${file}, and so Nix does not see it`,
        hint: `git add -N ${file}`,
      })),
};

/** True for a file that Nix code names by its path. */
function isNamed(file: string, { nixFiles }: CheckRepository): boolean {
  return nixFiles.some(({ path, code }) =>
    code.some(
      ({ kind, text }) =>
        kind === "path" && text.startsWith(".") && posix.join(posix.dirname(path), text).replace(/\/$/, "") === file,
    ),
  );
}
