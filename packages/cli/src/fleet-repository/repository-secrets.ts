import { posix } from "node:path";

import { FlurryError } from "@flurry/core";
import type { Issue } from "@flurry/core";
import { secretsPathRegex } from "@flurry/render";
import type { DeclaredSecret } from "@flurry/render";
import type { Fleet, Host } from "@flurry/schema";
import { hostRecipientKeys, parseSops, sopsFormatOf } from "@flurry/secrets";
import type { MapNode } from "@flurry/secrets";

import { filesBelow } from "./repository-files.ts";
import type { ReadRepositoryFile } from "./repository-files.ts";

/** The secrets in a repository, and what is wrong with their files. */
export interface RepositorySecrets {
  /** Undefined leaves it to the renderer. */
  readonly secrets: readonly DeclaredSecret[] | undefined;
  readonly warnings: readonly Issue[];
}

/**
 * Finds which secrets the files of a fleet hold. No key is needed: SOPS leaves their names in clear.
 *
 * @param directory - of the repository
 */
export function repositorySecrets(fleet: Fleet, directory: string, read: ReadRepositoryFile): RepositorySecrets {
  if (fleet.secrets?.backend !== "sops") return { secrets: undefined, warnings: [] };
  const paths = fleet.secrets.files.flatMap(({ path }) => filesOf(path, directory));
  const found = [...new Set(paths)].map((path) => secretsIn(path, read(path)));
  return { secrets: found.flatMap((one) => one.secrets ?? []), warnings: found.flatMap((one) => one.warnings) };
}

/** The age recipients that sops-nix opens a host's files with; undefined when no such key is pinned. */
export function sopsRecipients({ name, hostKeys }: Host): readonly string[] | undefined {
  const { recipients } = hostRecipientKeys("sops", hostKeys, { host: name });
  return recipients.length === 0 ? undefined : recipients;
}

function filesOf(pattern: string, directory: string): readonly string[] {
  const star = pattern.indexOf("*");
  if (star === -1) return [pattern];
  const regex = new RegExp(secretsPathRegex(pattern), "s");
  const files = filesBelow(directory, posix.dirname(`${pattern.slice(0, star)}x`));
  return files.filter((path) => regex.test(path) && path !== "secrets/hosts.nix");
}

function secretsIn(path: string, text: string | undefined): RepositorySecrets {
  if (text === undefined) return { secrets: [], warnings: [] };
  try {
    const format = sopsFormatOf(path);
    const file = parseSops(Buffer.from(text, "utf8"), { format });
    // The whole of a binary file is one secret. sops-nix takes no single values from dotenv and INI files either.
    if (format !== "yaml" && format !== "json")
      return { secrets: [{ file: path, name: posix.basename(path) }], warnings: [] };
    const names = file.parsed.documents.flatMap((document) => namesIn(document));
    return { secrets: names.map((name) => ({ file: path, name })), warnings: [] };
  } catch (error) {
    if (!FlurryError.is(error)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return { secrets: [], warnings: [warning(path, error.message, hint)] };
  }
}

function warning(path: string, message: string, rest: { readonly hint?: string }): Issue {
  return { code: "secrets-file", severity: "warning", path: ["secrets", "files", path], message, ...rest };
}

function namesIn(map: MapNode, above = ""): readonly string[] {
  return map.items.flatMap((item) => {
    if (item.kind !== "entry") return [];
    const name = `${above}${item.key}`;
    if (item.value.kind === "map") return namesIn(item.value, `${name}/`);
    return item.value.kind === "leaf" ? [name] : [];
  });
}
