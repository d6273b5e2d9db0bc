import type { PolicyKey } from "./policy-key.ts";
import type { Policy, PolicyRule, Reader } from "./policy.ts";
import { readersOfYaml } from "./reader-names.ts";
import { readSopsConfig } from "./sops-config.ts";
import type { SopsConfigRule } from "./sops-config.ts";

/** What else is known when a policy is read. */
export interface PolicyOptions {
  /** Names the file in messages. Default: its path. */
  readonly file?: string;
  /** Readers that are named elsewhere, for example the hosts of a fleet with the recipients of their pinned keys. */
  readonly known?: readonly Reader[];
}

/**
 * The policy of an existing `.sops.yaml`, with the semantics of `sops`: the first rule that matches a path relative to
 * the file's folder.
 *
 * @param path - absolute
 * @throws FlurryError FLURRY_POLICY_INVALID for what is no YAML; anything else is among the issues
 */
export function sopsPolicy(text: string, path: string, { file = path, known = [] }: PolicyOptions = {}): Policy {
  const config = readSopsConfig(text, path, file);
  const keys = config.rules.flatMap(({ groups }): readonly PolicyKey[] => groups.flat());
  return {
    source: { kind: "sops-config", file, path },
    backend: "sops",
    root: config.root,
    readers: readersOfYaml(config.yaml, keys, known),
    rules: config.rules.map(ruleOf),
    issues: config.issues,
  };
}

function ruleOf(rule: SopsConfigRule): PolicyRule {
  const { pathRegex, matches, groups, threshold, selector, macOnlyEncrypted, place } = rule;
  return {
    name: pathRegex ?? "(everything)",
    covers: coverageOf(rule),
    matches,
    groups,
    threshold,
    selector,
    macOnlyEncrypted,
    armor: false,
    place,
  };
}

/** A pattern that takes any file of a kind wherever it is says nothing about whether a file is a secret. */
function coverageOf({ pathRegex, matches }: SopsConfigRule): PolicyRule["covers"] {
  if (pathRegex === undefined) return "everything";
  const probes = ["q7z", "q7z/q8z/q9z"].flatMap((stem) =>
    ["yaml", "yml", "json", "env", "ini", "bin"].map((end) => `${stem}.${end}`),
  );
  if (probes.some((probe) => matches(probe))) return "everything";
  return /^\^(?:[\w/-]|\\.)+\$$/.test(pathRegex) ? "file" : "pattern";
}
