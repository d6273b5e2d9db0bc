import type { Issue } from "@flurry/core";

import { finding } from "../policy/checks/finding.ts";
import { readerOf, ruleFor } from "../policy/policy.ts";
import type { Policy, Reader } from "../policy/policy.ts";
import { classify } from "../policy/secret-file.ts";
import { isNoSecret } from "../rekey/plan.ts";
import { readBlobs, versionsInGit } from "./git-history.ts";
import type { GitOptions } from "./git-history.ts";

/** What the history of a repository tells about its secrets. */
export interface HistoryAudit {
  /** Files that were once committed in clear, though a rule of today covers them. */
  readonly findings: readonly Issue[];
  /** Whoever could read some version of some file and is not in the policy any more. */
  readonly formerReaders: readonly Reader[];
}

/**
 * Looks through the whole history of a git repository for secrets in clear and for readers of old. Needs no key.
 *
 * @returns undefined when there is no git repository
 */
export async function auditHistory(
  policy: Policy,
  options: GitOptions & { readonly name?: (path: string) => string } = {},
): Promise<HistoryAudit | undefined> {
  const { name = (path) => path } = options;
  const covered = (path: string): boolean => {
    const rule = ruleFor(policy, path);
    return rule !== undefined && rule.covers !== "everything" && !isNoSecret(path);
  };
  const wanted = (path: string): boolean => covered(path) || /\.(?:ya?ml|json|env|ini|age)$/.test(path);
  const versions = await versionsInGit(policy.root, wanted, options);
  if (versions === undefined) return undefined;
  const contents = await readBlobs(
    policy.root,
    versions.map(({ blob }) => blob),
    options,
  );
  const current = new Set(policy.rules.flatMap(({ groups }) => groups.flat().map((key) => readerOf(policy, key).name)));
  const former = new Map<string, Reader>();
  const clear = new Map<string, Issue>();
  for (const { path, blob, commit, at } of versions) {
    const content = contents.get(blob);
    if (content === undefined) continue;
    const file = classify(path, content, { expected: false });
    if (file.kind === "sops") {
      for (const key of file.file.metadata.groups.flat()) {
        const reader = readerOf(policy, key);
        if (!current.has(reader.name)) former.set(reader.name, reader);
      }
    } else if (file.kind === "plain" && content.length > 0 && covered(path)) {
      const message = `The file was committed in clear on ${at.slice(0, 10)} (${commit.slice(0, 8)})`;
      const hint = "Its values are known to everyone who has the repository: change them where they come from.";
      clear.set(path, finding("clear-in-history", message, { place: { file: name(path) }, hint }));
    }
  }
  return { findings: [...clear.values()], formerReaders: [...former.values()] };
}
