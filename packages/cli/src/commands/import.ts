import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";

import { FlurryError, nearestName } from "@flurry/core";
import { importAnsible, importSshConfig, importTerraform } from "@flurry/schema";
import type { ImportedHosts } from "@flurry/schema";

import { issueFinding } from "../check/check-fleet.ts";
import type { ImportFlags } from "../command-line/check-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import type { CliContext } from "../context.ts";
import { chooseImported } from "../import/choose-imported.ts";
import { includedFiles } from "../import/included-files.ts";
import { mergeIntoFleet, targetOf, writeFleet } from "../import/merge-into-fleet.ts";
import type { MergedFleet } from "../import/merge-into-fleet.ts";
import { neighbouringVariables } from "../import/neighbouring-variables.ts";
import { outputFor } from "../output.ts";
import type { Output } from "../output.ts";
import { renderCheckFindings } from "../renderers/check-findings.ts";
import { renderFileDiff } from "../renderers/file-diff.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { count, nameList } from "../renderers/measures.ts";
import { guarded } from "../run/guard.ts";

const kinds = ["ansible", "terraform", "ssh-config"] as const;

type Kind = (typeof kinds)[number];

/** `flurry import`: hosts of another tool's description, into the fleet file. */
export async function importHosts(this: CommandScope, flags: ImportFlags, ...words: readonly string[]): Promise<void> {
  const { cli } = this;
  await guarded(this, flags, async () => {
    const output = outputFor(cli, flags);
    const [kindWord, file, ...more] = words;
    const kind = kindOf(kindWord);
    if (file === undefined || more.length > 0)
      throw new FlurryError("FLURRY_USAGE", `flurry import ${kind} takes one file`, {
        hint: "or - for standard input",
      });
    const cwd = resolve(cli.cwd, flags.directory ?? ".");
    const read = await readAs(kind, { file, cwd, cli });
    const chosen = chooseImported(read, flags.only ?? [], file);
    const target = await targetOf(cwd);
    const merged = mergeIntoFleet(chosen.hosts, target);
    const isWritten = flags.dryRun !== true && merged.added.length > 0;
    if (isWritten) await writeFleet(merged, target.path);
    tell({ ...merged, issues: chosen.issues }, { output, written: isWritten, cwd, path: target.path });
    return 0;
  });
}

function kindOf(word: string | undefined): Kind {
  const found = kinds.find((name) => name === word);
  if (found !== undefined) return found;
  const nearest = word === undefined ? undefined : nearestName(word, kinds);
  throw new FlurryError(
    "FLURRY_USAGE",
    word === undefined ? "flurry import needs to know from what" : `nothing can be imported from "${word}"`,
    { hint: nearest === undefined ? `write flurry import ${kinds.join("|")} FILE` : `did you mean "${nearest}"?` },
  );
}

async function readAs(
  kind: Kind,
  { file, cwd, cli }: { readonly file: string; readonly cwd: string; readonly cli: CliContext },
): Promise<ImportedHosts> {
  const home = cli.env["HOME"];
  const path = resolve(cwd, home !== undefined && file.startsWith("~/") ? `${home}${file.slice(1)}` : file);
  const text = await (file === "-" ? cli.readStdin() : readFile(path, "utf8")).catch((cause: unknown) => {
    throw new FlurryError("FLURRY_IMPORT_UNREADABLE", `${file} cannot be read`, {
      cause,
      hint: "give the file to import, or -",
    });
  });
  const shown = { file: file === "-" ? "standard input" : file };
  switch (kind) {
    case "ansible":
      return importAnsible(text, {
        ...shown,
        variables: file === "-" ? [] : await neighbouringVariables(path, file),
      });
    case "terraform":
      return importTerraform(text, shown);
    case "ssh-config":
      return importSshConfig(text, {
        ...shown,
        include: includedFiles({ path: file === "-" ? undefined : path, home }),
      });
  }
}

function tell(
  { hosts, added, present, issues, before, text }: MergedFleet & Pick<ImportedHosts, "issues">,
  {
    output,
    written,
    cwd,
    path,
  }: { readonly output: Output; readonly written: boolean; readonly cwd: string; readonly path: string },
): void {
  const { stdout, stderr, colors, progressColors } = output;
  const near = relative(cwd, path);
  const file = near.startsWith("..") ? path : near;
  if (output.json) {
    const notes = issues.map((issue) => issueFinding(issue, ""));
    stdout.write(jsonDocument("import", { file: path, written, added, present, hosts, issues: notes }));
    return;
  }
  stderr.write(
    renderCheckFindings(
      issues.map((issue) => issueFinding(issue, "")),
      progressColors,
    ),
  );
  if (!written && added.length > 0) stdout.write(renderFileDiff({ path: file, before, after: text }, colors));
  const stay =
    present.length === 0 ? "" : `; ${nameList(present, 5)} ${present.length === 1 ? "was" : "were"} there already`;
  stdout.write(
    `${file}: ${count(added.length, "host")} ${written ? "added" : added.length === 0 ? "to add" : "would be added"}${stay}\n`,
  );
  if (written) stdout.write("To go on: flurry check --no-eval\n");
}
