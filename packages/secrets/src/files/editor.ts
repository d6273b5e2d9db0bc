import { realpath } from "node:fs/promises";
import { basename, delimiter, isAbsolute, join } from "node:path";

import { FlurryError } from "@flurry/core";

import { shellWords } from "./shell-words.ts";

/** An editor and its arguments before the file's name. */
export interface EditorCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/** Editors that are looked for when no variable names one; the order is that of sops. */
const usual = ["vim", "nano", "vi"];

/**
 * The editor of the person: SOPS_EDITOR, VISUAL, EDITOR, else one that is there. Arguments are added that keep what is
 * edited out of swap files, backups, undo files, histories and registers, which editors keep elsewhere.
 *
 * @throws FlurryError FLURRY_SECRETS_NO_EDITOR, FLURRY_SECRETS_COMMAND_INVALID
 */
export async function editorCommand(env: NodeJS.ProcessEnv): Promise<EditorCommand> {
  for (const name of ["SOPS_EDITOR", "VISUAL", "EDITOR"]) {
    const command = env[name]?.trim() ?? "";
    if (command === "") continue;
    const [file, ...args] = shellWords(command, name);
    return { file, args: [...args, ...(await discretion(file, env))] };
  }
  for (const file of usual)
    if ((await programOf(file, env)) !== undefined) return { file, args: await discretion(file, env) };
  throw new FlurryError("FLURRY_SECRETS_NO_EDITOR", "There is no editor", {
    hint: "Set SOPS_EDITOR, VISUAL or EDITOR, or change single values with flurry secrets set.",
  });
}

const vimOptions = "set noswapfile nobackup nowritebackup noundofile";

/** What makes an editor keep nothing of the file anywhere else. */
async function discretion(file: string, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  // `vi` and `editor` are often a link to another editor.
  const program = basename((await programOf(file, env)) ?? file);
  const name = [program, basename(file)].find((one) => kindOf(one) !== undefined) ?? program;
  switch (kindOf(name)) {
    // Once before the user's own settings and once after them.
    case "vim":
      return ["-n", "-i", "NONE", "--cmd", `${vimOptions} viminfo=`, "-c", `${vimOptions} viminfo=`];
    case "nvim":
      return ["-n", "-i", "NONE", "--cmd", `${vimOptions} shada=`, "-c", `${vimOptions} shada=`];
    case "emacs":
      return [
        "--eval",
        "(setq make-backup-files nil auto-save-default nil create-lockfiles nil auto-save-list-file-prefix nil)",
      ];
    case "nano":
      return ["--restricted"];
    case undefined:
      return [];
  }
}

function kindOf(name: string): "vim" | "nvim" | "emacs" | "nano" | undefined {
  if (/^(?:g?vim|vim\..+|gvimdiff|rvim)$/.test(name)) return "vim";
  if (name === "nvim") return "nvim";
  if (/^emacs(?:-.+)?$/.test(name)) return "emacs";
  return name === "nano" ? "nano" : undefined;
}

async function programOf(file: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const places = isAbsolute(file) ? [file] : (env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, file));
  for (const place of places) {
    const found = await realpath(place).catch(() => undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}
