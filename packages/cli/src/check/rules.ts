import type { NixRule, RepositoryRule, RuleInfo } from "./rule.ts";
import { generatedFiles } from "./rules/generated-files.ts";
import { gitUntracked } from "./rules/git-untracked.ts";
import { lockRuleInfos } from "./rules/lock-rules.ts";
import { nixAbsolutePath } from "./rules/nix-absolute-path.ts";
import { nixCurrentSystem } from "./rules/nix-current-system.ts";
import { nixCurrentTime } from "./rules/nix-current-time.ts";
import { nixGetEnv } from "./rules/nix-get-env.ts";
import { nixSearchPath } from "./rules/nix-search-path.ts";
import { nixUnpinnedFetch } from "./rules/nix-unpinned-fetch.ts";
import { secretPlaintext } from "./rules/secret-plaintext.ts";
import { secretRead } from "./rules/secret-read.ts";

/** Rules over Nix code. */
export const nixRules: readonly NixRule[] = [
  nixSearchPath,
  nixCurrentSystem,
  nixCurrentTime,
  nixGetEnv,
  nixAbsolutePath,
  nixUnpinnedFetch,
  secretRead,
];

/** Rules over the repository. */
export const repositoryRules: readonly RepositoryRule[] = [gitUntracked, generatedFiles, secretPlaintext];

/** Rules that are checked by reading the fleet and evaluating its hosts. */
const ownRules: readonly RuleInfo[] = [
  {
    name: "fleet-file",
    about: "The fleet file has mistakes, or something in it is worth a second look.",
    severity: "error",
  },
  {
    name: "evaluation",
    about: "The configuration of a host, or the flake itself, does not evaluate.",
    severity: "error",
  },
  {
    name: "host-secrets",
    about:
      "A host declares a secret whose file is missing, not encrypted, lacks the key or does not open with the host's key.",
    severity: "error",
  },
  { name: "unknown-ignore", about: "A comment ignores a rule that does not exist.", severity: "warning" },
];

/** Every rule, in the order of `--rules`. */
export const allRules: readonly RuleInfo[] = [
  ...ownRules.slice(0, 1),
  ...nixRules,
  ...repositoryRules,
  ...lockRuleInfos,
  ...ownRules.slice(1),
];
