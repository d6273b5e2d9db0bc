import { basename } from "node:path";

import { FlurryError, shellQuote } from "@flurry/core";
import { memoryFolder } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsExecFileFlags } from "../../command-line/secrets-flags.ts";
import { commandBehindDashes } from "../../secrets/command-behind-dashes.ts";
import { folderOptions } from "../../secrets/folder-options.ts";
import { openSecretFile, readSecretFile } from "../../secrets/secret-file.ts";
import { withSecrets } from "../../secrets/session.ts";

/** `flurry secrets exec-file`: runs a command that reads a file in clear, which is in memory only. */
export async function execFile(
  this: CommandScope,
  flags: SecretsExecFileFlags,
  name: string,
  shellText?: string,
): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const command = commandBehindDashes("exec-file", name, { words: this.afterDashes, shellText });
    if (!command.some((word) => word.includes("{}")))
      throw new FlurryError("FLURRY_USAGE", "the command does not say where the file's name goes", {
        hint: "write {} in its place",
      });
    const opened = await openSecretFile(await readSecretFile({ name, format: flags.inputType }, session), session);
    const { context, cwd, interruption } = session;
    await using folder = await memoryFolder(folderOptions(flags, context));
    const path = await folder.put(plainName(flags.filename ?? basename(name).replace(/\.age$/, "")), opened.plain);
    const isShell = shellText !== undefined;
    const [file = "", ...args] = command.map((word) =>
      word.replaceAll("{}", () => (isShell ? shellQuote(path) : path)),
    );
    return (await context.runAttached(file, args, { cwd, env: context.env, signal: interruption.signal })).exitCode;
  });
}

function plainName(name: string): string {
  if (name !== "" && name === basename(name) && name !== "." && name !== "..") return name;
  throw new FlurryError("FLURRY_USAGE", `--filename cannot be "${name}"`, { hint: "it is a name without a folder" });
}
