import { auditLock, lockRules as audits, parseLockFile } from "@flurry/nix";

import { lockCheckFinding } from "../../inputs/show-inputs.ts";
import type { CheckFinding } from "../finding.ts";
import type { CheckRepository, RuleInfo } from "../rule.ts";

/** What can be wrong with the lock file. */
export const lockRuleInfos: readonly RuleInfo[] = [
  {
    name: "lock-file",
    about: "A flake without a lock file that can be read is another one tomorrow.",
    severity: "error",
  },
  ...audits.map(({ name, about }): RuleInfo => ({ name, about, severity: "warning" })),
];

/** The audit of the lock file, as findings of a check. */
export function checkLock({ hasFlake, text, nowMs }: CheckRepository): readonly CheckFinding[] {
  if (!hasFlake) return [];
  const file = "flake.lock";
  const content = text(file);
  if (content === undefined)
    return [
      {
        rule: "lock-file",
        severity: "warning",
        file: "flake.nix",
        line: 1,
        column: 1,
        message: "the flake has no flake.lock",
        hint: "nix flake lock, and add it to git",
      },
    ];
  const parsed = parseLockFile(content, { file });
  if (parsed.ok) return auditLock(parsed.value, { nowMs }).map((finding) => lockCheckFinding(finding, file));
  return parsed.issues.map(({ message, hint, place }) => ({
    rule: "lock-file",
    severity: "error",
    file,
    line: place?.line ?? 1,
    column: place?.column ?? 1,
    message,
    ...(hint === undefined ? {} : { hint }),
  }));
}
