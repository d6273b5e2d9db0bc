import { FlurryError } from "@flurry/core";
import { ageWrapper, checkRecipients, encryptAge, encryptSops, gpgWrapper, parseRecipient } from "@flurry/secrets";
import type { AgeRecipient, KeyWrapper, MasterKey, PolicyRule, Selector, SopsFormat } from "@flurry/secrets";

import type { RecipientFlags } from "../command-line/secrets-flags.ts";
import { findRule } from "./find-policy.ts";
import type { SecretsSession } from "./session.ts";

/** For whom a file that is not there yet is encrypted, and how. */
export type NewFile =
  | {
      readonly kind: "sops";
      readonly format: SopsFormat;
      readonly groups: readonly (readonly KeyWrapper[])[];
      readonly threshold?: number;
      readonly selector?: Selector;
      readonly macOnlyEncrypted?: boolean;
    }
  | { readonly kind: "age"; readonly recipients: readonly AgeRecipient[]; readonly armor: boolean };

/** The file that is to be made. */
export interface NewFileRequest {
  /** As the user wrote it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly kind: "sops" | "age";
  readonly format: SopsFormat;
  readonly flags: RecipientFlags;
}

/**
 * Finds out for whom a new file is encrypted: for whom the flags or SOPS_AGE_RECIPIENTS and SOPS_PGP_FP say, else for
 * whom the policy says: the fleet's `secrets`, `.sops.yaml` or `secrets.nix`.
 *
 * @throws FlurryError FLURRY_SECRETS_NO_RECIPIENTS and those of recipients and policies
 */
export async function planNewFile(request: NewFileRequest, session: SecretsSession): Promise<NewFile> {
  const { kind, format, flags } = request;
  const { env } = session.context;
  const age = listOf(flags.age, env["SOPS_AGE_RECIPIENTS"]);
  const pgp = listOf(flags.pgp, env["SOPS_PGP_FP"]);
  if (kind === "age") return await planAge(request, age, session);
  const rule = age.length + pgp.length > 0 ? statedRule(age, pgp) : await ruleOf(request, session);
  const selector = selectorOf(flags) ?? rule.selector;
  const macOnlyEncrypted = flags.macOnlyEncrypted ?? rule.macOnlyEncrypted;
  const wrap = wrapperWith(session);
  return {
    kind: "sops",
    format,
    groups: rule.groups.map((group) => group.map(wrap)),
    macOnlyEncrypted,
    ...(rule.threshold === undefined ? {} : { threshold: rule.threshold }),
    ...(selector === undefined ? {} : { selector }),
  };
}

type Rule = Pick<PolicyRule, "groups" | "threshold" | "selector" | "macOnlyEncrypted">;

function statedRule(age: readonly string[], pgp: readonly string[]): Rule {
  const group = [
    ...age.map((id) => ({ type: "age", id }) as const),
    ...pgp.map((id) => ({ type: "pgp", id }) as const),
  ];
  return { groups: [group], threshold: undefined, selector: undefined, macOnlyEncrypted: false };
}

async function ruleOf({ name, path, kind }: NewFileRequest, session: SecretsSession): Promise<PolicyRule> {
  const rule = (await findRule(path, kind, session))?.rule;
  if (rule !== undefined && rule.groups.flat().length > 0) return rule;
  const where = kind === "age" ? "secrets.nix" : ".sops.yaml";
  throw new FlurryError("FLURRY_SECRETS_NO_RECIPIENTS", `Nothing says for whom ${name} is to be encrypted`, {
    hint: `Name them with --age${kind === "age" ? "" : " or --pgp"}, or add a rule for ${name} to fleet.yaml or ${where}.`,
  });
}

/** Encrypts the content of a new file. */
export async function encryptNewFile(
  plain: Uint8Array,
  file: NewFile,
  { name, now }: { readonly name: string; readonly now: Date },
): Promise<Uint8Array> {
  if (file.kind === "age") return await encryptAge(plain, file.recipients, { format: file.armor ? "armor" : "binary" });
  return await encryptSops(plain, { ...file, file: name, now });
}

/** What makes a recipient of what a file or rule says of it: SSH keys and plugins too, PGP keys through gpg. */
export function wrapperWith({
  identityOptions,
  context,
  interruption,
}: SecretsSession): (key: Pick<MasterKey, "type" | "id">) => KeyWrapper {
  return ({ type, id }) => {
    if (type === "age") return ageWrapper(id, { resolve: (text) => parseRecipient(text, identityOptions).recipient });
    if (type === "pgp") return gpgWrapper(id, { env: context.env, cwd: context.cwd, signal: interruption.signal });
    throw new FlurryError("FLURRY_SOPS_NOT_REWRAPPABLE", `A data key cannot be wrapped for ${type} ${id} here`, {
      hint: "Do it with sops where that cloud can be reached, or name other recipients with --age or --pgp.",
    });
  };
}

async function planAge(request: NewFileRequest, stated: readonly string[], session: SecretsSession): Promise<NewFile> {
  const rule = stated.length > 0 ? undefined : await ruleOf(request, session);
  const texts = rule === undefined ? stated : rule.groups.flat().map(({ id }) => id);
  const recipients = texts.map((text) => parseRecipient(text, session.identityOptions));
  checkRecipients(recipients);
  return { kind: "age", recipients, armor: request.flags.armor === true || rule?.armor === true };
}

/** SSH recipients have blanks in them, so only commas separate. */
function listOf(flags: readonly string[] | undefined, variable: string | undefined): readonly string[] {
  const texts = flags ?? (variable === undefined ? [] : [variable]);
  return texts.flatMap((text) => text.split(",")).flatMap((text) => (text.trim() === "" ? [] : [text.trim()]));
}

function selectorOf(flags: RecipientFlags): Selector | undefined {
  const stated: Selector[] = [];
  const put = (kind: Selector["kind"], pattern: string | undefined): void => {
    if (pattern !== undefined) stated.push({ kind, pattern });
  };
  put("encrypted_suffix", flags.encryptedSuffix);
  put("unencrypted_suffix", flags.unencryptedSuffix);
  put("encrypted_regex", flags.encryptedRegex);
  put("unencrypted_regex", flags.unencryptedRegex);
  put("encrypted_comment_regex", flags.encryptedCommentRegex);
  put("unencrypted_comment_regex", flags.unencryptedCommentRegex);
  if (stated.length > 1)
    throw new FlurryError("FLURRY_USAGE", "a file has one rule for what is encrypted, and two were given", {
      hint: stated.map(({ kind }) => `--${kind.replaceAll("_", "-")}`).join(", "),
    });
  return stated[0];
}
