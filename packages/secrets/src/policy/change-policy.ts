import { FlurryError } from "@flurry/core";
import { parseFleetYaml, parseSelector, selects } from "@flurry/schema";

import { addToFleetFile, removeAdminFromFleetFile, removeHostFromFleetFile } from "./edit/fleet-file-edit.ts";
import { addToSopsConfig, removeFromSopsConfig } from "./edit/sops-config-edit.ts";
import { hostRecipientKeys } from "./host-recipients.ts";
import type { LoadedPolicy } from "./load-policy.ts";
import { canonicalKey } from "./policy-key.ts";
import type { PolicyKey } from "./policy-key.ts";
import { readerOf } from "./policy.ts";
import type { Policy, PolicyRule, Reader } from "./policy.ts";
import { namedReader, reads, rulesForHost } from "./rules-for-host.ts";
import type { ChosenRule } from "./rules-for-host.ts";

/** A change of the file that a policy is written in, not yet written. */
export interface PolicyChange {
  readonly before: Policy;
  readonly after: Policy;
  /** The new text of the source; undefined where it stays as it is. */
  readonly text: string | undefined;
  /** The text that it takes the place of. */
  readonly oldText: string | undefined;
  /** The rules that change, and why these. */
  readonly rules: readonly ChosenRule[];
}

/** A host that is to read files. */
export interface AddHostRequest {
  readonly name: string;
  /** Its public ssh keys, of which the fitting one is taken, or a recipient of age. */
  readonly keys: readonly string[];
  /** The files that it is to read, relative to the policy's root; whatever else their rules cover comes with them. */
  readonly files?: readonly string[];
  /** A host whose files it is to read as well. */
  readonly like?: string;
  /** What happens when the name has another key: it is an error, or the key is replaced. Default: error. */
  readonly existing?: "error" | "replace";
}

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
  return named(await checked(loaded, text, { rules, added: key, removed: [] }), name, key);
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
  const change = await checked(loaded, next === text ? undefined : next, {
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
  const chosen = selectedFiles(text, file, name);
  const files = lacking.map((rule) => rule.name).filter((path) => !chosen.includes(path));
  return hostKey === undefined && files.length === 0 ? undefined : addToFleetFile(text, file, { name, hostKey, files });
}

async function replaceKey(
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
  return await checked(loaded, next, { rules, added: key, removed: known.keys });
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

/** Reads the new text and makes sure that it says what was meant and nothing else. */
async function checked(
  loaded: LoadedPolicy,
  text: string | undefined,
  change: {
    readonly rules: PolicyChange["rules"];
    readonly added: PolicyKey | undefined;
    readonly removed: readonly PolicyKey[];
  },
): Promise<PolicyChange> {
  const { policy: before } = loaded;
  const { rules, added, removed } = change;
  if (text === undefined) return { before, after: before, text, oldText: loaded.text, rules };
  const after = await loaded.reread(text);
  const ignored = new Set([...removed, ...(added === undefined ? [] : [added])].map(canonicalKey));
  const isSame =
    after.rules.length === before.rules.length &&
    after.rules.every(
      (rule, index) =>
        rule.name === before.rules[index]?.name &&
        keysWithout(rule, ignored) === keysWithout(before.rules[index], ignored),
    );
  const gone = new Set(removed.map(canonicalKey));
  const all = after.rules.flatMap(({ groups }) => groups.flat().map(canonicalKey));
  const isGone = !all.some((id) => gone.has(id));
  const isThere =
    added === undefined ||
    rules.every(({ rule }) => {
      const groups = after.rules[before.rules.indexOf(rule)]?.groups ?? [];
      return groups.flat().some((key) => canonicalKey(key) === canonicalKey(added));
    });
  // Selectors of a fleet give the key to further files, as they are meant to.
  const isNowhereElse =
    added === undefined ||
    before.source.kind === "fleet" ||
    after.rules.every((rule, index) => {
      const old = before.rules[index];
      const has = (one: PolicyRule | undefined): boolean =>
        one?.groups.flat().some((key) => canonicalKey(key) === canonicalKey(added)) ?? false;
      return !has(rule) || has(old) || rules.some((change) => change.rule === old);
    });
  if (!isSame || !isGone || !isThere || !isNowhereElse)
    throw byHand(before, "Change the readers of these rules yourself");
  return { before, after, text, oldText: loaded.text, rules };
}

function keysWithout(rule: PolicyRule | undefined, ignored: ReadonlySet<string>): string {
  const groups = (rule?.groups ?? []).map((group) =>
    group
      .map(canonicalKey)
      .filter((id) => !ignored.has(id))
      .toSorted(),
  );
  return JSON.stringify(groups);
}

/** The entries of `secrets.files` whose selectors choose a host already. */
function selectedFiles(text: string, file: string, name: string): readonly string[] {
  return [...selectorsOf(text, file, name).keys()];
}

function selectorsOf(text: string, file: string, name: string): ReadonlyMap<string, readonly string[]> {
  const read = parseFleetYaml(text, { file });
  const host = read.ok ? read.value.hosts.find((one) => one.name === name) : undefined;
  if (!read.ok || host === undefined) return new Map();
  const files = (read.value.secrets?.files ?? []).map((one) => {
    const own = one.selectors.filter((selector) => {
      const parsed = parseSelector(selector);
      return parsed.ok && selects(parsed.selector, host);
    });
    return [one.path, own] as const;
  });
  return new Map(files.filter(([, own]) => own.length > 0));
}

function sourceText({ policy, text }: LoadedPolicy): string {
  if (text !== undefined) return text;
  throw byHand(policy, "It is a program");
}

function byHand({ source, rules }: Policy, what: string): FlurryError {
  return new FlurryError("FLURRY_POLICY_EDIT_UNSAFE", `${source.file} cannot be changed by a program without risk`, {
    place: rules[0]?.place ?? { file: source.file },
    hint: `${what}, then run flurry secrets rekey.`,
  });
}

function plainKey(key: string): string {
  return key.trim().split(/\s+/).slice(0, 2).join(" ");
}
