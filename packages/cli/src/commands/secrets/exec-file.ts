import { basename, join } from "node:path";

import { FlurryError, shellQuote } from "@flurry/core";
import { memoryFolder, servePipe } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsExecFileFlags } from "../../command-line/secrets-flags.ts";
import { commandBehindDashes } from "../../secrets/command-behind-dashes.ts";
import { folderOptions } from "../../secrets/folder-options.ts";
import { openSecretFile, readSecretFile } from "../../secrets/secret-file.ts";
import { withSecrets } from "../../secrets/session.ts";
import type { SecretsSession } from "../../secrets/session.ts";

/** `flurry secrets exec-file`: runs a command that reads a file in clear: from a named pipe, or from memory. */
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
    const target = flags.filename ?? basename(name).replace(/\.age$/, "");
    await using given = await giveFile(plainName(target), opened.plain, { flags, session });
    const isShell = shellText !== undefined;
    const [file = "", ...args] = command.map((word) =>
      word.replaceAll("{}", () => (isShell ? shellQuote(given.path) : given.path)),
    );
    const { context, cwd, interruption } = session;
    const signal = AbortSignal.any([interruption.signal, given.failed]);
    const { exitCode } = await context.runAttached(file, args, { cwd, env: context.env, signal });
    given.failed.throwIfAborted();
    return exitCode;
  });
}

/** A file in clear, or what a program takes for one. */
interface GivenFile extends AsyncDisposable {
  readonly path: string;
  /** Aborts when it cannot be read any more. */
  readonly failed: AbortSignal;
}

interface GiveRequest {
  readonly flags: SecretsExecFileFlags;
  readonly session: SecretsSession;
}

/** A named pipe, as sops has it, or with `--no-fifo` a file in memory. */
async function giveFile(name: string, plain: Uint8Array, { flags, session }: GiveRequest): Promise<GivenFile> {
  const { context, interruption } = session;
  const isFile = flags.noFifo === true;
  // The folder of a pipe may be anywhere: what goes through the pipe is never in it.
  const folder = await memoryFolder(folderOptions({ allowDisk: flags.allowDisk === true || !isFile }, context));
  try {
    if (isFile)
      return { path: await folder.put(name, plain), failed: new AbortController().signal, ...disposal(folder) };
    const path = join(folder.path, name);
    const pipe = await servePipe(path, plain, { env: context.env, signal: interruption.signal });
    return { path, failed: pipe.failed, ...disposal(pipe, folder) };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

function disposal(...owned: readonly AsyncDisposable[]): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      for (const one of owned) await one[Symbol.asyncDispose]();
    },
  };
}

function plainName(name: string): string {
  if (name !== "" && name === basename(name) && name !== "." && name !== "..") return name;
  throw new FlurryError("FLURRY_USAGE", `--filename cannot be "${name}"`, { hint: "it is a name without a folder" });
}
