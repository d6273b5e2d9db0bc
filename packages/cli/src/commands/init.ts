import { resolve } from "node:path";

import { FlurryError, shellCommand } from "@flurry/core";
import { renderIssue } from "@flurry/schema";

import type { InitFlags } from "../command-line/repository-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { applyChanges } from "../fleet-repository/file-changes.ts";
import type { FileChange } from "../fleet-repository/file-changes.ts";
import { gitOf } from "../fleet-repository/git.ts";
import { warner } from "../fleet-repository/open-fleet-file.ts";
import { generatedChanges, planGenerated } from "../fleet-repository/plan-generated.ts";
import { askForFlags } from "../new-fleet/ask.ts";
import { clearSpace } from "../new-fleet/clear-space.ts";
import { newFleetOptions, planNewFleet } from "../new-fleet/plan-fleet.ts";
import { outputFor } from "../output.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { renderNewFleet } from "../renderers/new-fleet.ts";
import { guarded } from "../run/guard.ts";
import { version } from "../version.ts";

/** `flurry init`: a repository with a fleet that works at once. */
export async function init(this: CommandScope, flags: InitFlags, ...words: readonly string[]): Promise<void> {
  const { cli } = this;
  await guarded(this, flags, async ({ signal }) => {
    const output = outputFor(cli, flags);
    const cwd = resolve(cli.cwd, flags.directory ?? ".");
    const directory = resolve(cwd, onlyDirectory(words) ?? ".");
    const kept = await clearSpace(directory, { force: flags.force === true });
    const now = new Date(cli.now());
    const questions = flags.yes === true || flags.dryRun === true ? undefined : await cli.openForm?.();
    const answers = questions === undefined ? flags : await askForFlags(flags, questions, now);
    const place = { directory, env: cli.env, cwd, operator: cli.operator, now, version: version() };
    const options = await newFleetOptions(answers, place);
    const { files, fleet } = planNewFleet(options);
    const written = files.filter(({ path }) => !kept.has(path)).map((file): FileChange => ({ kind: "write", ...file }));
    const generated = planGenerated(fleet, { directory, changes: written });
    const changes = [...written, ...generatedChanges(generated.files)];
    const paths = changes.map(({ path }) => path).toSorted();
    if (flags.dryRun !== true) {
      const services = await cli.loadServices();
      const git = gitOf(directory, { services, env: cli.env, signal });
      await applyChanges(directory, changes, { signal, finish: async () => void (await git.begin(paths)) });
    }
    const warn = warner(output);
    for (const path of files.map((file) => file.path).filter((one) => kept.has(one)))
      warn(`${path} is there already and was left alone`);
    for (const { path, state } of generated.files)
      if (state === "edited" || state === "hand-written")
        warn(`${path} is there already and was left alone; flurry render shows how it differs`);
    // No host of a new fleet has a key yet, and no secret is there yet that it would be needed for.
    for (const issue of generated.warnings.filter(({ code }) => code !== "host-without-key"))
      warn(renderIssue({ ...issue, severity: "error" }));
    if (options.authorizedKeys.length === 0)
      warn("no public ssh key was found for keys/, so that nobody could log in: put yours there as keys/NAME.pub");
    const done = { directory, files: paths, dryRun: flags.dryRun === true };
    output.stdout.write(
      output.json
        ? jsonDocument("init", done)
        : renderNewFleet(done, { colors: output.colors, go: goThere(cwd, directory, words), hosts: options.hosts }),
    );
    return 0;
  });
}

function onlyDirectory(words: readonly string[]): string | undefined {
  const [directory, second] = words;
  if (second === undefined) return directory;
  throw new FlurryError("FLURRY_USAGE", `flurry init takes one directory, not ${words.join(" and ")}`, {
    hint: "hosts are named with --host name=address",
  });
}

function goThere(cwd: string, directory: string, words: readonly string[]): string | undefined {
  return cwd === directory ? undefined : shellCommand(["cd", words[0] ?? directory]);
}
