import type { CheckFinding } from "./finding.ts";
import type { CheckRepository } from "./rule.ts";
import { nixRules, repositoryRules } from "./rules.ts";
import { checkLock } from "./rules/lock-rules.ts";

/** Everything that can be found without asking Nix. */
export function checkFiles(repository: CheckRepository): readonly CheckFinding[] {
  return [
    ...checkNixCode(repository),
    ...repositoryRules.flatMap(({ check }) => check(repository)),
    ...checkLock(repository),
  ];
}

function checkNixCode(repository: CheckRepository): readonly CheckFinding[] {
  return repository.nixFiles.flatMap((file) =>
    nixRules.flatMap(({ name, severity, scan }) =>
      scan(file, repository).map(({ at: { line, column }, message, hint }) => ({
        rule: name,
        severity,
        file: file.path,
        line,
        column,
        message,
        hint,
      })),
    ),
  );
}
