import { readdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import type { ScaffoldAdmin } from "@flurry/render";
import { checkPublicKey, checkRecipient, checkUserName } from "@flurry/schema";

/** Someone's public ssh key. */
export interface NamedKey {
  /** What its file is called, without `.pub`. */
  readonly name: string;
  readonly line: string;
}

/** Where keys are looked for. */
export interface KeyPlaces {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** `alice@laptop` */
  readonly operator: string;
}

/**
 * The public keys that the user names, as files or as lines; without any, those in `~/.ssh`.
 *
 * @throws FlurryError FLURRY_USAGE for what is no public key
 */
export async function authorizedKeys(words: readonly string[], places: KeyPlaces): Promise<readonly NamedKey[]> {
  if (words.length === 0) return await ownKeys(places);
  const keys: NamedKey[] = [];
  for (const word of words) {
    const isLine = /^(?:ssh-|ecdsa-|sk-)/.test(word);
    const line = isLine ? word : await readKeyFile(resolve(places.cwd, word), word);
    const complaint = checkPublicKey(line);
    if (complaint !== undefined)
      throw new FlurryError("FLURRY_USAGE", `--ssh-key ${isLine ? "" : `${word}: `}${complaint.message}`, {
        hint: complaint.hint ?? "name the file with the public key: ~/.ssh/id_ed25519.pub",
      });
    const name = isLine ? `key-${keys.length + 1}` : fileName(basename(word, ".pub"), places.operator);
    keys.push({ name: unused(name, keys), line: line.trim() });
  }
  return keys;
}

async function ownKeys({ env, operator }: KeyPlaces): Promise<readonly NamedKey[]> {
  const home = env["HOME"];
  if (home === undefined || home === "") return [];
  const directory = join(home, ".ssh");
  const names = await readdir(directory).catch(() => []);
  const keys: NamedKey[] = [];
  for (const name of names.filter((one) => /^id_.*\.pub$/.test(one)).toSorted()) {
    const line = await readFile(join(directory, name), "utf8").catch(() => "");
    if (checkPublicKey(line) === undefined) keys.push({ name: unused(owner(operator), keys), line: line.trim() });
  }
  return keys;
}

/** A name that says nothing of whose key it is becomes that of whoever gives it. */
function fileName(base: string, operator: string): string {
  return base.startsWith("id_") ? owner(operator) : base.replaceAll(/[^A-Za-z0-9._-]/g, "-");
}

/** `alice` of `alice@laptop`, as a name that the fleet takes. */
export function owner(operator: string): string {
  const name = (operator.split("@")[0] ?? "").replaceAll(/[^A-Za-z0-9._-]/g, "-");
  return checkUserName(name) === undefined ? name : "admin";
}

function unused(name: string, keys: readonly NamedKey[]): string {
  const taken = new Set(keys.map((key) => key.name));
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}

async function readKeyFile(path: string, word: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new FlurryError("FLURRY_USAGE", `--ssh-key ${word} cannot be read`, {
      cause,
      hint: "name the file with the public key, or give the key itself in quotes",
    });
  }
}

/**
 * Reads `name=key` words.
 *
 * @throws FlurryError FLURRY_USAGE
 */
export function parseAdminWords(words: readonly string[], operator: string): readonly ScaffoldAdmin[] {
  return words.map((word) => {
    const equals = /^[A-Za-z0-9_][A-Za-z0-9._-]*=/.exec(word)?.[0].length ?? 0;
    const name = equals === 0 ? owner(operator) : word.slice(0, equals - 1);
    const key = word.slice(equals);
    const complaint = checkUserName(name) ?? checkRecipient(key);
    if (complaint === undefined) return { name, key };
    throw new FlurryError("FLURRY_USAGE", `--admin ${name}: ${complaint.message}`, {
      hint: complaint.hint ?? "write NAME=age1…",
    });
  });
}

/** The public halves of the user's own age keys, where sops keeps them. */
export async function ownAgeKeys({ env }: Pick<KeyPlaces, "env">): Promise<readonly string[]> {
  const { HOME: home = "", XDG_CONFIG_HOME: config, SOPS_AGE_KEY_FILE: file } = env;
  const standard = join(config ?? join(home, ".config"), "sops/age/keys.txt");
  const text = await readFile(file ?? standard, "utf8").catch(() => "");
  // The comment that age-keygen writes: nothing here has to touch the private half.
  return [...text.matchAll(/^# public key: (age1[a-z0-9]+)$/gm)].map(([, key = ""]) => key);
}
