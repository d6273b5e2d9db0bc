import { FlurryError } from "@flurry/core";
import {
  ageWrapper,
  agenixRuleFor,
  checkRecipients,
  creationRuleFor,
  encryptAge,
  encryptSops,
  gpgWrapper,
  parseRecipient,
  readAgenixRules,
} from "@flurry/secrets";
import type { AgeRecipient, CreationRule, KeyWrapper, Selector, SopsFormat } from "@flurry/secrets";

import type { RecipientFlags } from "../command-line/secrets-flags.ts";
import { findRules, nixInstantiate } from "./agenix-rules-file.ts";
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
 * whom the first rule of `.sops.yaml` that matches or the rule of `secrets.nix` says.
 *
 * @throws FlurryError FLURRY_SECRETS_NO_RECIPIENTS, FLURRY_AGENIX_NO_RULE and those of recipients
 */
export async function planNewFile(request: NewFileRequest, session: SecretsSession): Promise<NewFile> {
  const { name, path, kind, format, flags } = request;
  const { env } = session.context;
  const age = listOf(flags.age, env["SOPS_AGE_RECIPIENTS"]);
  const pgp = listOf(flags.pgp, env["SOPS_PGP_FP"]);
  if (kind === "age") return await planAge(request, age, session);
  const selector = selectorOf(flags);
  const stated = age.length + pgp.length > 0;
  const rule: CreationRule | undefined = stated ? { groups: [{ age, pgp }] } : await creationRuleFor(session.cwd, path);
  if (rule === undefined || rule.groups.flatMap((group) => [...group.age, ...group.pgp]).length === 0)
    throw noRecipients(name, `Name them with --age or --pgp, or add a rule for ${name} to .sops.yaml.`);
  const wrap = ageWrapperWith(session);
  return {
    kind: "sops",
    format,
    ...rule,
    groups: rule.groups.map((group) => [
      ...group.age.map(wrap),
      ...group.pgp.map((fingerprint) => gpgWrapper(fingerprint, { env, signal: session.interruption.signal })),
    ]),
    ...(selector === undefined ? {} : { selector }),
    ...(flags.macOnlyEncrypted === true ? { macOnlyEncrypted: true } : {}),
  };
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

/** What makes a recipient of age of a text, SSH keys and plugins too. */
export function ageWrapperWith({ identityOptions }: SecretsSession): (text: string) => KeyWrapper {
  return (text) => ageWrapper(text, { resolve: (one) => parseRecipient(one, identityOptions).recipient });
}

async function planAge(
  { name, path, flags }: NewFileRequest,
  age: readonly string[],
  session: SecretsSession,
): Promise<NewFile> {
  const armor = flags.armor === true;
  if (age.length > 0) {
    const recipients = age.map((text) => parseRecipient(text, session.identityOptions));
    checkRecipients(recipients);
    return { kind: "age", recipients, armor };
  }
  const file = await findRules(session);
  if (file === undefined) throw noRecipients(name, `Name them with --age, or add a rule for ${name} to secrets.nix.`);
  const rules = await readAgenixRules(file, nixInstantiate(session), session.identityOptions);
  const rule = agenixRuleFor(rules, path);
  return { kind: "age", recipients: rule.recipients, armor: armor || rule.armor };
}

function noRecipients(name: string, hint: string): FlurryError {
  return new FlurryError("FLURRY_SECRETS_NO_RECIPIENTS", `Nothing says for whom ${name} is to be encrypted`, { hint });
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
