import { applyChanges } from "../fleet-repository/file-changes.ts";
import { generatedChanges, planGenerated } from "../fleet-repository/plan-generated.ts";
import { git } from "../run/git.ts";
import type { GitParts } from "../run/git.ts";
import type { CheckRepository } from "./rule.ts";
import { generatedFiles } from "./rules/generated-files.ts";
import { gitUntracked } from "./rules/git-untracked.ts";

/** What can be repaired without asking. */
export interface Fixes {
  /** Files that git is to know. */
  readonly add: readonly string[];
  /** Files that are generated anew or removed. */
  readonly render: readonly string[];
}

/** What `--fix` would do. */
export function plannedFixes(repository: CheckRepository): Fixes {
  const { fleet, directory } = repository;
  const isStale = generatedFiles.check(repository).length > 0;
  return {
    add: gitUntracked.check(repository).map(({ file }) => file),
    render:
      isStale && fleet !== undefined
        ? generatedChanges(planGenerated(fleet, { directory }).files).map(({ path }) => path)
        : [],
  };
}

/** Does it. Files that someone changed by hand are left alone. */
export async function applyFixes({ add, render }: Fixes, repository: CheckRepository, parts: GitParts): Promise<void> {
  const { fleet, directory } = repository;
  const isRepository = (await git(directory, ["rev-parse", "--is-inside-work-tree"], parts).catch(() => "")) === "true";
  if (render.length > 0 && fleet !== undefined)
    await applyChanges(directory, generatedChanges(planGenerated(fleet, { directory }).files), {
      what: "flurry check --fix",
      signal: parts.signal,
    });
  const written = render.filter((path) => !repository.files.includes(path));
  const files = [...new Set([...add, ...written])];
  if (isRepository && files.length > 0) await git(directory, ["add", "--intent-to-add", "--", ...files], parts);
}
