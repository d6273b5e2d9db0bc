import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { atomicWrite, FlurryError, runProcess } from "@flurry/core";
import { findEncryptedFiles } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsGitSetupFlags } from "../../command-line/secrets-flags.ts";
import { jsonDocument } from "../../renderers/json-document.ts";
import { attributePatterns, withAttributes } from "../../secrets/git-attributes.ts";
import type { SecretsSession } from "../../secrets/session.ts";
import { withSecrets } from "../../secrets/session.ts";

/** `flurry secrets git-setup`: has git merge encrypted files value by value and show them in clear in diffs. */
export async function gitSetup(
  this: CommandScope,
  flags: SecretsGitSetupFlags,
  ...patterns: readonly string[]
): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const root = (await git(["rev-parse", "--show-toplevel"], session)).trim();
    const names = patterns.length > 0 ? patterns : await patternsOf(root, session);
    if (names.length === 0)
      throw new FlurryError("FLURRY_SECRETS_FILE_NOT_FOUND", "There is no encrypted file in this repository yet", {
        hint: "Name patterns for those to come: flurry secrets git-setup '/secrets/*.yaml'",
      });
    const file = join(root, ".gitattributes");
    const before = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    const after = withAttributes(before, names);
    const missing = await missingSettings(settingsFor(flags.program ?? "flurry"), session);
    if (flags.dryRun !== true) {
      if (after !== before) await atomicWrite(file, after);
      for (const [name, value] of missing) await git(["config", "--local", name, value], session);
    }
    if (flags.program === undefined && !isOnPath("flurry", session.context.env))
      session.warn("flurry is not on PATH, where git looks for it; install it, or say how to call it with --program");
    tell({ names, attributes: after !== before, missing, dryRun: flags.dryRun === true }, session);
    return 0;
  });
}

type Setting = readonly [name: string, value: string];

function settingsFor(program: string): readonly Setting[] {
  return [
    ["merge.flurry-secrets.name", "encrypted files, value by value"],
    ["merge.flurry-secrets.driver", `${program} secrets merge-driver %O %A %B %P`],
    ["diff.flurry-secrets.textconv", `${program} secrets git-diff`],
    // What git caches it keeps in the repository, where everybody can read it.
    ["diff.flurry-secrets.cachetextconv", "false"],
  ];
}

async function missingSettings(settings: readonly Setting[], session: SecretsSession): Promise<readonly Setting[]> {
  const missing: Setting[] = [];
  for (const [name, value] of settings) {
    const { stdout } = await runGit(["config", "--local", "--get", name], session);
    if (stdout.replace(/\n$/, "") !== value) missing.push([name, value]);
  }
  return missing;
}

async function patternsOf(root: string, { context, interruption }: SecretsSession): Promise<readonly string[]> {
  const files = await findEncryptedFiles(root, { env: context.env, signal: interruption.signal });
  return attributePatterns(root, files);
}

function isOnPath(program: string, env: NodeJS.ProcessEnv): boolean {
  return (env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

interface Told {
  readonly names: readonly string[];
  readonly attributes: boolean;
  readonly missing: readonly Setting[];
  readonly dryRun: boolean;
}

function tell({ names, attributes, missing, dryRun }: Told, { output, say }: SecretsSession): void {
  if (output.json) {
    const settings = Object.fromEntries(missing);
    output.stdout.write(jsonDocument("secrets git-setup", { patterns: names, attributes, settings, written: !dryRun }));
    return;
  }
  const would = dryRun ? "would be " : "";
  if (attributes) say(`.gitattributes: ${would}set for ${names.join(", ")}`);
  for (const [name, value] of missing) say(`git config ${name}: ${would}${value}`);
  if (!attributes && missing.length === 0) say("git is set up for encrypted files");
  if (!dryRun && attributes)
    say("Commit .gitattributes; whoever clones the repository runs flurry secrets git-setup once.");
}

async function git(args: readonly string[], session: SecretsSession): Promise<string> {
  const { exitCode, stdout, stderr } = await runGit(args, session);
  if (exitCode === 0) return stdout;
  if (args[0] === "rev-parse" && stderr.includes("not a git repository"))
    throw new FlurryError("FLURRY_PROCESS_FAILED", `${session.cwd} is in no git repository`, {
      hint: "Run git init first.",
    });
  throw new FlurryError("FLURRY_PROCESS_FAILED", `git ${args.join(" ")} ended with ${exitCode ?? "a signal"}`, {
    details: stderr,
  });
}

async function runGit(args: readonly string[], { context, cwd, interruption }: SecretsSession) {
  return await runProcess("git", args, { cwd, env: context.env, signal: interruption.signal, timeoutMs: 60_000 });
}
