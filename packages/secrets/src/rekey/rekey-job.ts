import { FlurryError } from "@flurry/core";
import type { Identity } from "age-encryption";

import { decryptAge, resolveIdentities } from "../age/decrypt.ts";
import type { AgeIdentity } from "../age/decrypt.ts";
import { encryptAge } from "../age/encrypt.ts";
import { identityOf } from "../age/identity-file.ts";
import type { UnlockedIdentity } from "../age/identity-file.ts";
import type { PluginOptions } from "../age/plugin.ts";
import { parseRecipient } from "../age/recipient.ts";
import { isKeyOfPolicy } from "../policy/policy-key.ts";
import { rotateSops, updateRecipients } from "../sops/change-recipients.ts";
import { parseSops, unlockSops } from "../sops/document.ts";
import type { SopsFile, UnlockedSops } from "../sops/document.ts";
import { ageOpener, ageWrapper } from "../sops/keys/age.ts";
import type { KeyOpener, KeyType, KeyWrapper } from "../sops/master-key.ts";
import { sopsFormatOf } from "../sops/stores/stores.ts";

/** One file that is to be keyed anew: plain data, for whichever thread. */
export interface RekeyJob {
  /** Names the file and, for SOPS, tells its format. */
  readonly path: string;
  readonly form: "sops" | "age";
  readonly content: Uint8Array;
  /** The file, read already; it does not go to other threads. */
  readonly parsed?: SopsFile;
  readonly groups: readonly (readonly { readonly type: KeyType; readonly id: string }[])[];
  readonly threshold: number | undefined;
  /** `recipients`: the data key stays; `rotate`: it becomes another, and every value is sealed anew. */
  readonly action: "recipients" | "rotate";
  /** For age files: whether they are written in ASCII armor. */
  readonly armor: boolean;
  readonly now: Date;
}

/** The private keys of whoever rekeys. */
export interface RekeyKeys {
  /** Those that are open already; see `unlockIdentities`. */
  readonly identities: readonly UnlockedIdentity[];
  /** Opens further ones, which may mean to ask for a passphrase. Called once, when a file needs it. */
  readonly unlock?: () => Promise<readonly UnlockedIdentity[]>;
  /** Whatever else opens data keys, for example PGP keys; tried last. */
  readonly openers?: readonly KeyOpener[];
  /** Wraps data keys for a PGP key, for example `gpgWrapper`. */
  readonly pgpWrapper?: (fingerprint: string) => KeyWrapper | Promise<KeyWrapper>;
  readonly plugins?: PluginOptions;
}

/** Keys made ready for any number of files. */
export interface RekeyTools {
  readonly openers: readonly KeyOpener[];
  readonly identities: readonly AgeIdentity[];
  wrapper(key: { readonly type: KeyType; readonly id: string }): KeyWrapper;
}

/** Makes keys ready. */
export async function rekeyTools(keys: Omit<RekeyKeys, "unlock">): Promise<RekeyTools> {
  const identities = keys.identities.map((identity) => identityOf(identity, keys.plugins));
  // The text of a native identity gets to the fast way of opening what sops writes.
  const forSops = await Promise.all(
    keys.identities.map(async (identity, index): Promise<(string | Identity)[]> => {
      if (identity.kind === "native") return [identity.secret];
      const opened = identities[index];
      return opened === undefined ? [] : resolveIdentities([opened]);
    }),
  );
  const wrappers = new Map<string, KeyWrapper>();
  return {
    openers: [ageOpener(forSops.flat()), ...(keys.openers ?? [])],
    identities,
    wrapper: (key) => {
      const name = `${key.type} ${key.id}`;
      const made = wrappers.get(name) ?? wrapperOf(key, keys);
      wrappers.set(name, made);
      return made;
    },
  };
}

function wrapperOf(
  { type, id }: { readonly type: KeyType; readonly id: string },
  keys: Omit<RekeyKeys, "unlock">,
): KeyWrapper {
  switch (type) {
    case "age":
      return ageWrapper(id, {
        resolve: (text) => {
          const { kind, recipient } = parseRecipient(text, keys.plugins);
          return kind === "ssh" || kind === "plugin" ? recipient : undefined;
        },
      });
    case "pgp":
      return { type, id, wrap: async (share) => (await pgpWrapperOf(id, keys)).wrap(share) };
    default:
      // Stays as it is where the file has it already.
      return { type, id, wrap: () => Promise.reject(notRewrappable(type, id)) };
  }
}

function pgpWrapperOf(
  fingerprint: string,
  { pgpWrapper }: Pick<RekeyKeys, "pgpWrapper">,
): KeyWrapper | Promise<KeyWrapper> {
  if (pgpWrapper !== undefined) return pgpWrapper(fingerprint);
  throw new FlurryError("FLURRY_SOPS_RECIPIENT_INVALID", `The public PGP key ${fingerprint} is not at hand`, {
    hint: "Import it: gpg --recv-keys, or gpg --import FILE",
  });
}

/**
 * The new content of a file; the same bytes when nothing is to be done.
 *
 * @throws FlurryError naming the file: what `unlockSops` and `updateRecipients`, or `decryptAge` and `encryptAge`, throw
 */
export async function performJob(job: RekeyJob, tools: RekeyTools): Promise<Uint8Array> {
  return job.form === "sops" ? rekeySops(job, tools) : rekeyAge(job, tools);
}

async function rekeySops(job: RekeyJob, tools: RekeyTools): Promise<Uint8Array> {
  const file = job.parsed ?? parseSops(job.content, { format: sopsFormatOf(job.path), file: job.path });
  const unlocked = await unlockSops(file, tools.openers);
  const threshold = thresholdOf(job, unlocked);
  const options = {
    groups: job.groups.map((group, index) => group.map((key) => tools.wrapper(asInFile(key, unlocked, index)))),
    now: job.now,
    // Keys of clouds that are to stay are among the groups.
    foreign: "drop" as const,
    ...(threshold === undefined ? {} : { threshold }),
  };
  return job.action === "rotate" ? rotateSops(unlocked, options) : updateRecipients(unlocked, options);
}

/** `sops` keeps the number that a file has; several groups without any are only kept, never made. */
function thresholdOf({ groups, threshold }: RekeyJob, { file }: UnlockedSops): number | undefined {
  if (groups.length < 2 || threshold !== undefined) return groups.length < 2 ? undefined : threshold;
  if (file.metadata.groups.length !== groups.length) return undefined;
  return file.metadata.threshold ?? groups.length;
}

/** The key as the file spells it, so that it is found to be the same. */
function asInFile(
  key: { readonly type: KeyType; readonly id: string },
  { file }: UnlockedSops,
  group: number,
): { readonly type: KeyType; readonly id: string } {
  return file.metadata.groups[group]?.find((one) => isKeyOfPolicy(one, key)) ?? key;
}

async function rekeyAge(job: RekeyJob, tools: RekeyTools): Promise<Uint8Array> {
  const recipients = job.groups.flat().map(({ id }) => parseRecipient(id));
  const plain = await decryptAge(job.content, tools.identities, { file: job.path });
  const after = await encryptAge(plain, recipients, { format: job.armor ? "armor" : "binary" });
  plain.fill(0);
  return after;
}

function notRewrappable(type: KeyType, id: string): FlurryError {
  return new FlurryError("FLURRY_SOPS_NOT_REWRAPPABLE", `The key ${type} ${id} cannot be given a new data key here`, {
    hint: "Do it with sops where that cloud can be reached, or remove the key from the policy.",
  });
}
