import { open } from "node:fs/promises";
import { basename, resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { editorCommand, isAgeFile, memoryFolder, replacePlaintext, sopsFormatOf } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsEditFlags } from "../../command-line/secrets-flags.ts";
import { renderError } from "../../renderers/error.ts";
import { checkReaders } from "../../secrets/check-readers.ts";
import { sopsExitCodes } from "../../secrets/exit-codes.ts";
import { folderOptions } from "../../secrets/folder-options.ts";
import { encryptNewFile, planNewFile } from "../../secrets/new-file.ts";
import { saveFile } from "../../secrets/save-file.ts";
import { openSecretFile, readBytes, readSecretFile } from "../../secrets/secret-file.ts";
import type { SecretsSession } from "../../secrets/session.ts";
import { withSecrets } from "../../secrets/session.ts";

/** `flurry secrets edit`: a file in the person's own editor, in clear only in memory. */
export async function edit(this: CommandScope, flags: SecretsEditFlags, name: string): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const before = await readBytes(resolve(session.cwd, name), name);
    const draft = await draftOf({ name, before, flags }, session);
    const after = await editUntilValid(draft, { name, flags }, session);
    if (after === undefined) {
      session.say(`${name}: nothing changed`);
      return sopsExitCodes.notModified;
    }
    return await saveFile({ command: "secrets edit", name, before, after, what: "saved" }, session);
  });
}

/** A file on its way through the editor. */
interface Draft {
  readonly plain: Uint8Array;
  /** Encrypts what came back. */
  readonly seal: (edited: Uint8Array) => Promise<Uint8Array>;
}

interface Target {
  readonly name: string;
  readonly before: Uint8Array | undefined;
  readonly flags: SecretsEditFlags;
}

/** Who may read the file is settled before anybody types anything. */
async function draftOf({ name, before, flags }: Target, session: SecretsSession): Promise<Draft> {
  const isAge = before === undefined ? name.endsWith(".age") : isAgeFile(before);
  const format = flags.inputType ?? sopsFormatOf(name);
  const request = { name, path: resolve(session.cwd, name), format, flags };
  const now = session.now();
  if (isAge || before === undefined) {
    const file = await planNewFile({ ...request, kind: isAge ? "age" : "sops" }, session);
    const seal = async (edited: Uint8Array): Promise<Uint8Array> => await encryptNewFile(edited, file, { name, now });
    if (before === undefined) return { plain: Buffer.from(!isAge && format === "json" ? "{}\n" : ""), seal };
    return { plain: (await openSecretFile(await readSecretFile({ name }, session), session)).plain, seal };
  }
  const secret = await readSecretFile({ name, format: flags.inputType }, session);
  if (secret.kind === "sops") await checkReaders({ ...secret, name, yes: flags.yes }, session);
  const opened = await openSecretFile(secret, session);
  if (opened.kind === "age") throw new FlurryError("FLURRY_INTERNAL", "An age file is no SOPS file");
  const { plain, unlocked } = opened;
  return { plain, seal: (edited) => Promise.resolve(replacePlaintext(unlocked, edited, { now })) };
}

/** @returns undefined when nothing changed */
async function editUntilValid(
  { plain, seal }: Draft,
  { name, flags }: { readonly name: string; readonly flags: SecretsEditFlags },
  session: SecretsSession,
): Promise<Uint8Array | undefined> {
  const { context, output } = session;
  const editor = await editorCommand(context.env);
  await using folder = await memoryFolder(folderOptions(flags, context));
  const path = await folder.put(basename(name).replace(/\.age$/, ""), plain);
  for (;;) {
    await runEditor(editor, path, session);
    const edited = await readBack(path);
    if (edited.equals(plain)) return undefined;
    try {
      return await seal(edited);
    } catch (error) {
      // Without a person to ask, nothing but the text that cannot be saved is lost.
      if (!FlurryError.is(error) || !isForTheEditor(error) || !context.stdinIsTTY) throw error;
      output.stderr.write(`${renderError(error.toJSON(), { colors: output.progressColors, verbose: false })}\n`);
      const again = await context.confirm("Back to the editor?", session.interruption.signal);
      if (again !== true) throw new FlurryError("FLURRY_ABORTED", "Nothing was saved");
    }
  }
}

function isForTheEditor({ code }: FlurryError): boolean {
  return code.startsWith("FLURRY_SOPS_") && code !== "FLURRY_SOPS_GUARD";
}

async function runEditor(
  { file, args }: { readonly file: string; readonly args: readonly string[] },
  path: string,
  { context, cwd, interruption }: SecretsSession,
): Promise<void> {
  const options = { cwd, env: context.env, signal: interruption.signal };
  const { exitCode } = await context.runAttached(file, [...args, path], options).catch((cause: unknown) => {
    if (!FlurryError.is(cause) || cause.code !== "FLURRY_PROCESS_NOT_FOUND") throw cause;
    throw new FlurryError("FLURRY_SECRETS_NO_EDITOR", `The editor cannot be run: ${cause.message}`, {
      cause,
      hint: "Say in EDITOR which one to use.",
    });
  });
  interruption.signal.throwIfAborted();
  if (exitCode !== 0)
    throw new FlurryError("FLURRY_SECRETS_NO_EDITOR", `The editor ended with ${exitCode}, so nothing was saved`);
}

/** Editors may write a new file in the place of the old one. */
async function readBack(path: string): Promise<Buffer> {
  const handle = await open(path, "r");
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
