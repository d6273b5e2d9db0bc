import { open } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError } from "@flurry/core";

import { parseIdentityFile } from "./identity-file.ts";
import type { IdentitySource } from "./identity-file.ts";
import { keyCommandSource } from "./key-command.ts";

/** Where to look for private keys; see {@link findIdentities}. */
export interface FindIdentitiesOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Absolute; relative paths in variables start here. */
  readonly cwd: string;
  /** Files with private keys that the user named. If there are any, nothing else is looked for. */
  readonly files?: readonly string[];
  /** Takes a remark on a key that was found in its usual place and cannot be used. */
  readonly warn?: (text: string) => void;
  /** The system whose usual places count. Default: that of this process. */
  readonly platform?: NodeJS.Platform;
  readonly signal?: AbortSignal;
}

/** Nobody's keys are larger; a file that is must be something else. */
const maxFileBytes = 16 * 1024 * 1024;

/**
 * Finds the private keys of the person who runs this: in the files given, else where sops and agenix look, all of
 * SOPS_AGE_SSH_PRIVATE_KEY_FILE, SOPS_AGE_SSH_PRIVATE_KEY_CMD, SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, SOPS_AGE_KEY_CMD,
 * `sops/age/keys.txt` in the user's configuration, `~/.ssh/id_ed25519` and `~/.ssh/id_rsa`. Nothing is unlocked, and no
 * command is run. A variable that leads to no key is worth a remark and does not keep other keys from being used, as with
 * sops: it may be set for other machines as well.
 *
 * @throws FlurryError FLURRY_SECRETS_FILE_NOT_FOUND for a file of `files` that is not there, and what
 * {@link parseIdentityFile} throws for one of these
 */
export async function findIdentities(options: FindIdentitiesOptions): Promise<IdentitySource[]> {
  const { files = [] } = options;
  const found: IdentitySource[] = [];
  if (files.length > 0) {
    for (const file of files) found.push(...(await fromNamed(file)));
    return found;
  }
  for (const [name, read] of Object.entries(variables)) found.push(...(await fromVariable(name, read, options)));
  for (const file of usualPlaces(options)) found.push(...(await fromUsualPlace(file, options)));
  return found;
}

/** How the keys are read that a variable leads to, in the order in which they are tried. */
const variables: Readonly<
  Record<string, (value: string, options: FindIdentitiesOptions) => Promise<IdentitySource[]>>
> = {
  SOPS_AGE_KEY: async (value) => parseIdentityFile(value.replaceAll(/\s+(?=AGE-)/g, "\n"), { name: "SOPS_AGE_KEY" }),
  SOPS_AGE_KEY_FILE: async (value, { cwd }) => await fromNamed(absolute(cwd, value)),
  SOPS_AGE_KEY_CMD: async (value, options) => [keyCommandSource("SOPS_AGE_KEY_CMD", value, options)],
  SOPS_AGE_SSH_PRIVATE_KEY_FILE: async (value, { cwd }) => await fromNamed(absolute(cwd, value)),
  SOPS_AGE_SSH_PRIVATE_KEY_CMD: async (value, options) => [
    keyCommandSource("SOPS_AGE_SSH_PRIVATE_KEY_CMD", value, options),
  ],
};

async function fromVariable(
  name: string,
  read: (value: string, options: FindIdentitiesOptions) => Promise<IdentitySource[]>,
  options: FindIdentitiesOptions,
): Promise<IdentitySource[]> {
  const value = options.env[name] ?? "";
  if (value === "") return [];
  try {
    return await read(value, options);
  } catch (error) {
    options.warn?.(`${name} is not used: ${FlurryError.from(error).message}`);
    return [];
  }
}

function usualPlaces({ env, platform = process.platform }: FindIdentitiesOptions): readonly string[] {
  const home = env["HOME"] ?? "";
  const configured = env["XDG_CONFIG_HOME"] ?? "";
  const ownPlace = platform === "darwin" ? "Library/Application Support" : ".config";
  const config = configured !== "" ? configured : home === "" ? "" : join(home, ownPlace);
  return [
    ...(config === "" ? [] : [join(config, "sops/age/keys.txt")]),
    ...(home === "" ? [] : [join(home, ".ssh/id_ed25519"), join(home, ".ssh/id_rsa")]),
  ];
}

async function fromNamed(file: string): Promise<IdentitySource[]> {
  const content = await readKeys(file);
  if (content === undefined)
    throw new FlurryError("FLURRY_SECRETS_FILE_NOT_FOUND", `There is no file ${file} with private keys`, {
      place: { file },
    });
  return parseIdentityFile(content, { name: file, ...(await publicKeyOf(file)) });
}

/** What lies in a usual place was not asked for, so that it cannot be used is only worth a remark. */
async function fromUsualPlace(file: string, { warn }: FindIdentitiesOptions): Promise<IdentitySource[]> {
  try {
    const content = await readKeys(file);
    return content === undefined ? [] : parseIdentityFile(content, { name: file, ...(await publicKeyOf(file)) });
  } catch (error) {
    warn?.(`${file} is not used: ${FlurryError.from(error).message}`);
    return [];
  }
}

async function publicKeyOf(file: string): Promise<{ readonly publicKey?: string }> {
  const content = await readKeys(`${file}.pub`).catch(() => undefined);
  return content === undefined ? {} : { publicKey: Buffer.from(content).toString("utf8") };
}

async function readKeys(file: string): Promise<Uint8Array | undefined> {
  let handle;
  try {
    handle = await open(file, "r");
    const { size } = await handle.stat();
    if (size > maxFileBytes)
      throw new FlurryError("FLURRY_AGE_TOO_LARGE", `${file} is too large for a file of private keys`, {
        place: { file },
      });
    return await handle.readFile();
  } catch (error) {
    if (FlurryError.is(error)) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new FlurryError("FLURRY_SECRETS_FILE_UNREADABLE", `${file} cannot be read: ${message}`, {
      cause: error,
      place: { file },
    });
  } finally {
    await handle?.close();
  }
}

function absolute(cwd: string, file: string): string {
  return file.startsWith("/") ? file : join(cwd, file);
}
