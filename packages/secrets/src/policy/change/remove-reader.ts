import { FlurryError } from "@flurry/core";

import { removeAdminFromFleetFile, removeHostFromFleetFile } from "../edit/fleet-file-edit.ts";
import { removeFromSopsConfig } from "../edit/sops-config-edit.ts";
import type { LoadedPolicy } from "../load-policy.ts";
import { canonicalKey } from "../policy-key.ts";
import { readerOf } from "../policy.ts";
import { namedReader } from "../rules-for-host.ts";
import { byHand, checkedChange, sourceText } from "./policy-change.ts";
import type { PolicyChange } from "./policy-change.ts";
import { selectorsOf } from "./selectors-of.ts";

/**
 * Takes an admin or a host out of a policy. Nothing is written.
 *
 * @throws FlurryError FLURRY_POLICY_NAME_UNKNOWN, FLURRY_POLICY_EDIT_UNSAFE
 */
export async function removeFromPolicy(loaded: LoadedPolicy, name: string): Promise<PolicyChange> {
  const { policy: before } = loaded;
  const reader = namedReader(before, name);
  const gone = new Set(reader.keys.map(canonicalKey));
  const rules = before.rules
    .filter(({ groups }) => groups.flat().some((key) => gone.has(canonicalKey(key))))
    .map((rule) => ({ rule, why: `${name} is taken out` }));
  const { source } = before;
  const text = sourceText(loaded);
  let next: string;
  if (source.kind === "agenix-rules")
    throw byHand(before, `Take the key of ${name} out of the lists of its publicKeys`);
  if (source.kind === "sops-config") next = removeFromSopsConfig(text, source.file, reader.keys);
  else if (reader.kind === "admin") next = removeAdminFromFleetFile(text, source.file, name);
  else next = removeHostFromFleetFile(text, source.file, { name, chosen: selectorsOf(text, source.file, name) });
  const change = await checkedChange(loaded, next === text ? undefined : next, {
    rules,
    added: undefined,
    removed: reader.keys,
  });
  if (reader.kind !== "host") requirePeople(change, name);
  return change;
}

/** What only hosts can open nobody can rekey, and it is lost with them. */
function requirePeople({ before, after, rules }: PolicyChange, name: string): void {
  for (const { rule } of rules) {
    const left = after.rules[before.rules.indexOf(rule)]?.groups.flat() ?? [];
    if (left.some((key) => readerOf(after, key).kind !== "host")) continue;
    throw new FlurryError(
      "FLURRY_POLICY_EDIT_UNSAFE",
      `Without ${name} only hosts could open what ${rule.name} covers`,
      {
        place: rule.place ?? { file: before.source.file },
        hint: "Add another person there and run flurry secrets rekey first.",
      },
    );
  }
}
