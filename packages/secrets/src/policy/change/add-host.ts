import { FlurryError } from "@flurry/core";

import { addToFleetFile } from "../edit/fleet-file-edit.ts";
import { addToSopsConfig } from "../edit/sops-config-edit.ts";
import { hostRecipientKeys } from "../host-recipients.ts";
import type { LoadedPolicy } from "../load-policy.ts";
import { canonicalKey } from "../policy-key.ts";
import type { PolicyKey } from "../policy-key.ts";
import type { Policy, PolicyRule } from "../policy.ts";
import { rulesForHost } from "../rules-for-host.ts";
import type { AddHostRequest } from "./add-host-request.ts";
import { byHand, checkedChange, sourceText } from "./policy-change.ts";
import type { PolicyChange } from "./policy-change.ts";
import { replaceKey } from "./replace-key.ts";
import { selectorsOf } from "./selectors-of.ts";
import { plainKey } from "./ssh-line.ts";

/**
 * Adds a host to a policy: to the rules of the files that are named, to those of a host that it is like, or else to those
 * that name it and to those that every host reads. Nothing is written.
 *
 * @throws FlurryError FLURRY_POLICY_NAME_TAKEN for a name with another key, or a key with another name,
 * FLURRY_POLICY_NAME_UNKNOWN, FLURRY_POLICY_NO_RULE, FLURRY_AGE_RECIPIENT_INVALID,
 * FLURRY_POLICY_EDIT_UNSAFE when the source is written in a way that a program cannot change safely; its hint says what
 * to write
 */
export async function addHostToPolicy(loaded: LoadedPolicy, request: AddHostRequest): Promise<PolicyChange> {
  const { policy: before } = loaded;
  const { name } = request;
  const key = hostKeyOf(before, request);
  const known = before.readers.find((reader) => reader.name === name && reader.keys.length > 0);
  const isKnown = known?.keys.some((one) => canonicalKey(one) === canonicalKey(key)) ?? false;
  if (known !== undefined && !isKnown) return await replaceKey(loaded, known, { key, request });
  if (!isKnown) requireOwnKey(before, name, key);
  const rules = rulesForHost(before, request);
  const text = editFor(loaded, { name, key, isKnown, request, rules: rules.map(({ rule }) => rule) });
  return named(await checkedChange(loaded, text, { rules, added: key, removed: [] }), name, key);
}

/** Whoever is revoked takes their key along, so that nobody else may go by it. */
function requireOwnKey({ readers, source }: Policy, name: string, key: PolicyKey): void {
  const id = canonicalKey(key);
  const other = readers.find((reader) => reader.keys.some((one) => canonicalKey(one) === id));
  if (other === undefined) return;
  const place = other.keys.find((one) => canonicalKey(one) === id)?.place;
  throw new FlurryError("FLURRY_POLICY_NAME_TAKEN", `The key of ${name} is that of ${other.name} in ${source.file}`, {
    place: place ?? { file: source.file },
    host: name,
    hint: `Add it as ${other.name}, rename ${other.name} there, or give ${name} a key of its own.`,
  });
}

/** In a list without anchors a key has no name, but whoever adds it has told whose it is. */
function named(change: PolicyChange, name: string, key: PolicyKey): PolicyChange {
  const { after } = change;
  if (after.readers.some((reader) => reader.name === name)) return change;
  return { ...change, after: { ...after, readers: [{ name, kind: "host", keys: [key] }, ...after.readers] } };
}

function hostKeyOf(policy: Policy, { name, keys }: AddHostRequest): PolicyKey {
  const { recipients, issues } = hostRecipientKeys(policy.backend, keys, { host: name });
  const [id] = recipients.toSorted((one, other) => rank(one) - rank(other));
  if (id !== undefined) return { type: "age", id };
  throw new FlurryError("FLURRY_AGE_RECIPIENT_INVALID", issues[0]?.message ?? `No public key of ${name} is given`, {
    host: name,
    hint: "Give the line of its /etc/ssh/ssh_host_ed25519_key.pub.",
  });
}

/** An ed25519 key is smaller and younger than one of RSA. */
function rank(recipient: string): number {
  return recipient.startsWith("ssh-rsa") ? 1 : 0;
}

interface HostEdit {
  readonly name: string;
  readonly key: PolicyKey;
  readonly isKnown: boolean;
  readonly request: AddHostRequest;
  readonly rules: readonly PolicyRule[];
}

function editFor(loaded: LoadedPolicy, { name, key, isKnown, request, rules }: HostEdit): string | undefined {
  const { policy } = loaded;
  const { source } = policy;
  const id = canonicalKey(key);
  const lacking = rules.filter(({ groups }) => !groups.flat().some((one) => canonicalKey(one) === id));
  if (source.kind === "agenix-rules") {
    if (lacking.length === 0) return undefined;
    throw byHand(policy, `Add "${key.id}" to the publicKeys of ${lacking.map((rule) => rule.name).join(", ")}`);
  }
  const text = sourceText(loaded);
  const { file } = source;
  if (source.kind === "sops-config") {
    if (lacking.length === 0) return undefined;
    const indexes = lacking.map((rule) => policy.rules.indexOf(rule));
    return addToSopsConfig(text, file, { name, kind: "host", key, rules: indexes });
  }
  const ssh = request.keys.find((one) => one.startsWith("ssh-ed25519 ")) ?? request.keys[0];
  const hostKey = isKnown || ssh === undefined || ssh.startsWith("age1") ? undefined : plainKey(ssh);
  if (!isKnown && hostKey === undefined)
    throw new FlurryError(
      "FLURRY_AGE_RECIPIENT_INVALID",
      `${file} pins hosts by their ssh key, not by a recipient of age`,
      {
        hint: "Give the line of its /etc/ssh/ssh_host_ed25519_key.pub.",
      },
    );
  const chosen = selectorsOf(text, file, name);
  const files = lacking.map((rule) => rule.name).filter((path) => !chosen.has(path));
  return hostKey === undefined && files.length === 0 ? undefined : addToFleetFile(text, file, { name, hostKey, files });
}
