import { FlurryError } from "@flurry/core";
import { parseFleetYaml } from "@flurry/schema";

import { addToFleetFile } from "../edit/fleet-file-edit.ts";
import type { LoadedPolicy } from "../load-policy.ts";
import type { PolicyKey } from "../policy-key.ts";
import type { Reader } from "../policy.ts";
import { reads } from "../rules-for-host.ts";
import type { AddHostRequest } from "./add-host-request.ts";
import { byHand, checkedChange, sourceText } from "./policy-change.ts";
import type { PolicyChange } from "./policy-change.ts";
import { plainKey } from "./ssh-line.ts";

/** Gives a host that a policy knows another key, where that is asked for. */
export async function replaceKey(
  loaded: LoadedPolicy,
  known: Reader,
  { key, request }: { readonly key: PolicyKey; readonly request: AddHostRequest },
): Promise<PolicyChange> {
  const { policy } = loaded;
  const { name, existing = "error", keys } = request;
  if (existing === "error") {
    throw new FlurryError("FLURRY_POLICY_NAME_TAKEN", `${name} has another key in ${policy.source.file}`, {
      place: known.keys[0]?.place ?? { file: policy.source.file },
      host: name,
      hint: "If the host was installed anew and its key is right, replace the old one: --replace",
    });
  }
  const text = sourceText(loaded);
  const [old] = known.keys;
  const ssh = keys.find((one) => one.startsWith("ssh-ed25519 "));
  let next = text;
  if (policy.source.kind === "sops-config" && old !== undefined) next = text.replaceAll(old.id, key.id);
  else if (policy.source.kind === "fleet" && ssh !== undefined)
    next = withOtherPin(text, policy.source.file, { name, key: plainKey(ssh) });
  if (next === text) throw byHand(policy, `Replace the key of ${name} by ${key.id}`);
  const rules = policy.rules
    .filter((rule) => reads(rule, known))
    .map((rule) => ({ rule, why: `${name} has another key` }));
  return await checkedChange(loaded, next, { rules, added: key, removed: known.keys });
}

function withOtherPin(
  text: string,
  file: string,
  { name, key }: { readonly name: string; readonly key: string },
): string {
  const read = parseFleetYaml(text, { file });
  const pinned = read.ok ? read.value.hosts.find((host) => host.name === name)?.hostKeys : undefined;
  // The key that it has so far may only stand in a generated file.
  if (pinned?.length === 0) return addToFleetFile(text, file, { name, hostKey: key, files: [] });
  const [only] = pinned ?? [];
  return pinned?.length === 1 && only !== undefined ? text.replaceAll(only, key) : text;
}
