import { open, readdir } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError, runProcess } from "@flurry/core";

import { isAgeFile } from "../age/armor.ts";
import { inspectAge } from "../age/inspect.ts";
import { parseSops } from "../sops/document.ts";
import type { SopsFormat } from "../sops/stores/store.ts";
import { sopsFormatOf } from "../sops/stores/stores.ts";

/** A file that is encrypted, as far as it tells without any key. */
export type EncryptedFile =
  | {
      readonly kind: "sops";
      readonly path: string;
      readonly format: SopsFormat;
      /** The recipients of each key group, as the file names them. */
      readonly groups: readonly (readonly string[])[];
      /** RFC 3339. */
      readonly lastModified: string;
    }
  | {
      readonly kind: "age";
      readonly path: string;
      /** What the header tells of each recipient: `ssh-ed25519 V3XmEA`, or only `X25519`. */
      readonly recipients: readonly string[];
    }
  | { readonly kind: "damaged"; readonly path: string; readonly error: FlurryError };

/** Files of secrets are small; larger ones are not looked into. */
const maxBytes = 16 * 1024 * 1024;

/** Folders that hold nobody's secrets. */
const skipped: ReadonlySet<string> = new Set([".git", ".flurry", "node_modules", ".direnv"]);

/**
 * Finds the encrypted files below a folder, by what is in them and not by their names. In a git repository the files
 * that git knows or would add; elsewhere all.
 *
 * @param root - absolute
 * @returns in the order of their paths, which are absolute
 */
export async function findEncryptedFiles(
  root: string,
  options: { readonly env?: NodeJS.ProcessEnv; readonly signal?: AbortSignal } = {},
): Promise<EncryptedFile[]> {
  const paths = (await listWithGit(root, options)) ?? (await listFolder(root));
  const found: EncryptedFile[] = [];
  for (const path of [...new Set(paths)].sort()) {
    options.signal?.throwIfAborted();
    const file = await inspectFile(path);
    if (file !== undefined) found.push(file);
  }
  return found;
}

/** What one file tells without any key; undefined for one that is not encrypted, or that is not there. */
export async function inspectFile(path: string): Promise<EncryptedFile | undefined> {
  const bytes = await readSmall(path);
  if (bytes === undefined) return undefined;
  try {
    if (isAgeFile(bytes)) {
      const { recipients } = inspectAge(bytes);
      return {
        kind: "age",
        path,
        recipients: recipients.map(({ stanza, tag }) => [stanza.type, tag ?? []].flat().join(" ")),
      };
    }
    // A file without metadata cannot have these; to parse every file of a repository would take too long.
    if (!bytes.includes("lastmodified") || !bytes.includes("sops")) return undefined;
    const format = sopsFormatOf(path);
    const { groups, lastModified } = parseSops(bytes, { format, file: path }).metadata;
    return { kind: "sops", path, format, groups: groups.map((group) => group.map(({ id }) => id)), lastModified };
  } catch (error) {
    const { code } = FlurryError.from(error);
    // It only speaks of sops.
    if (code === "FLURRY_SOPS_NOT_ENCRYPTED") return undefined;
    // Notes and code are no files of values; only what says that it is encrypted can be damaged.
    if (code === "FLURRY_SOPS_SYNTAX" && !bytes.includes("ENC[AES256_GCM")) return undefined;
    if (!/\.(?:ya?ml|json|env|ini|age)$/.test(path) && code === "FLURRY_SOPS_SYNTAX") return undefined;
    return { kind: "damaged", path, error: FlurryError.from(error) };
  }
}

async function listWithGit(
  root: string,
  { env = process.env, signal }: { readonly env?: NodeJS.ProcessEnv; readonly signal?: AbortSignal },
): Promise<string[] | undefined> {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const limit = signal === undefined ? {} : { signal };
  const result = await runProcess("git", args, { cwd: root, env, timeoutMs: 60_000, ...limit }).catch(
    (error: unknown) => {
      if (FlurryError.is(error) && error.code === "FLURRY_PROCESS_NOT_FOUND") return undefined;
      throw error;
    },
  );
  if (result?.exitCode !== 0) return undefined;
  return result.stdout.split("\0").flatMap((name) => (name === "" ? [] : [join(root, name)]));
}

async function listFolder(root: string): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(root, { withFileTypes: true })) {
    const path = join(root, entry.name);
    if (entry.isDirectory() && !skipped.has(entry.name)) paths.push(...(await listFolder(path)));
    else if (entry.isFile()) paths.push(path);
  }
  return paths;
}

async function readSmall(path: string): Promise<Buffer | undefined> {
  let handle;
  try {
    handle = await open(path, "r");
    const stat = await handle.stat();
    return stat.isFile() && stat.size <= maxBytes ? await handle.readFile() : undefined;
  } catch (error) {
    // Deleted in the working tree, a link to nowhere, or not for us to read.
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  } finally {
    await handle?.close();
  }
}
