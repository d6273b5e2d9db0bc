import { lstat } from "node:fs/promises";
import { relative, resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { findEncryptedFiles, inspectFile } from "@flurry/secrets";
import type { EncryptedFile } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsFlags } from "../../command-line/secrets-flags.ts";
import { jsonDocument } from "../../renderers/json-document.ts";
import { renderSecretFiles, renderSecretValues } from "../../renderers/secret-files-table.ts";
import { readSecretFile } from "../../secrets/secret-file.ts";
import type { SecretsSession } from "../../secrets/session.ts";
import { withSecrets } from "../../secrets/session.ts";
import { listValues } from "../../secrets/value-list.ts";

/** `flurry secrets ls`: encrypted files, or the names of the values of one. No key is needed. */
export async function ls(this: CommandScope, flags: SecretsFlags, ...names: readonly string[]): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const [name] = names;
    if (name !== undefined && names.length === 1 && !(await isFolder(name, session)))
      return await listFile(name, session);
    return await listFiles(names.length === 0 ? ["."] : names, session);
  });
}

async function listFile(name: string, session: SecretsSession): Promise<number> {
  const { output } = session;
  const secret = await readSecretFile({ name }, session);
  if (secret.kind === "age") return await listFiles([name], session);
  const values = listValues(secret.file);
  const view = { colors: output.colors, columns: output.stdout.columns() };
  output.stdout.write(
    output.json ? jsonDocument("secrets ls", { file: name, values }) : renderSecretValues(values, view),
  );
  return 0;
}

async function listFiles(names: readonly string[], session: SecretsSession): Promise<number> {
  const { output, cwd, context, interruption } = session;
  const found: EncryptedFile[] = [];
  for (const name of names) {
    const path = resolve(cwd, name);
    if (await isFolder(name, session))
      found.push(...(await findEncryptedFiles(path, { env: context.env, signal: interruption.signal })));
    else found.push(...[(await inspectFile(path)) ?? []].flat());
  }
  const files = found.map((file) => ({ ...file, path: relative(cwd, file.path) }));
  const view = { colors: output.colors, columns: output.stdout.columns() };
  output.stdout.write(output.json ? jsonDocument("secrets ls", { files }) : renderSecretFiles(files, view));
  return files.some(({ kind }) => kind === "damaged") ? 1 : 0;
}

async function isFolder(name: string, { cwd }: SecretsSession): Promise<boolean> {
  try {
    return (await lstat(resolve(cwd, name))).isDirectory();
  } catch (cause) {
    throw new FlurryError("FLURRY_SECRETS_FILE_NOT_FOUND", `There is no file or folder ${name}`, { cause });
  }
}
