import { resolve } from "node:path";

import { FlurryError, shellCommand } from "@flurry/core";
import { renderIssue } from "@flurry/schema";

import type { InitFlags } from "../command-line/repository-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { unfinishedChange } from "../fleet-repository/change-journal.ts";
import { applyChanges } from "../fleet-repository/file-changes.ts";
import type { FileChange } from "../fleet-repository/file-changes.ts";
import { gitOf } from "../fleet-repository/git.ts";
import type { Git } from "../fleet-repository/git.ts";
import { endInterruptedChange } from "../fleet-repository/interrupted-change.ts";
import type { EndedChange } from "../fleet-repository/interrupted-change.ts";
import { warner } from "../fleet-repository/open-fleet-file.ts";
import { generatedChanges, planGenerated } from "../fleet-repository/plan-generated.ts";
import type { GeneratedPlan } from "../fleet-repository/plan-generated.ts";
import { askForFlags } from "../new-fleet/ask.ts";
import { clearSpace } from "../new-fleet/clear-space.ts";
import { fromFlake } from "../new-fleet/from-flake.ts";
import type { FromFlakeRequest } from "../new-fleet/from-flake.ts";
import { lockInputs } from "../new-fleet/lock-inputs.ts";
import { newFleetOptions, planNewFleet } from "../new-fleet/plan-fleet.ts";
import { outputFor } from "../output.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { renderNewFleet } from "../renderers/new-fleet.ts";
import { guarded } from "../run/guard.ts";
import { version } from "../version.ts";

/** `flurry init`: a repository with a fleet that works at once, or a fleet file for the flake that is there. */
export async function init(this: CommandScope, flags: InitFlags, ...words: readonly string[]): Promise<void> {
  const { cli: context } = this;
  await guarded(this, flags, async ({ signal }) =>
    flags.from === undefined
      ? await newFleet({ context, flags, words, signal })
      : await fromFlake({ context, flags, words, signal }, flags.from),
  );
}

async function newFleet({ context, flags, words, signal }: FromFlakeRequest): Promise<number> {
  const { env, operator } = context;
  const output = outputFor(context, flags);
  const cwd = resolve(context.cwd, flags.directory ?? ".");
  const directory = resolve(cwd, onlyDirectory(words) ?? ".");
  const warn = warner(output);
  const services = await context.loadServices();
  const git = gitOf(directory, { services, env, signal });
  const go = goThere(cwd, directory, words);
  const ended = flags.dryRun === true ? undefined : await endEarlierInit(directory, git, context.now());
  if (ended !== undefined) {
    warn("an earlier flurry init here had been interrupted and was brought to its end");
    const done = { directory, files: ended.written, locked: false, dryRun: false };
    output.stdout.write(
      output.json ? jsonDocument("init", done) : renderNewFleet(done, { colors: output.colors, go, hosts: [] }),
    );
    return 0;
  }
  const kept = await clearSpace(directory, { force: flags.force === true });
  const now = new Date(context.now());
  const answers = await answered(flags, context, now);
  const options = await newFleetOptions(answers, { directory, env, cwd, operator, now, version: version() });
  const { files, fleet } = planNewFleet(options);
  const written = files.filter(({ path }) => !kept.has(path)).map((file): FileChange => ({ kind: "write", ...file }));
  const generated = planGenerated(fleet, { directory, changes: written });
  const changes = [...written, ...generatedChanges(generated.files)];
  const paths = changes.map(({ path }) => path);
  let isLocked = kept.has("flake.lock");
  if (flags.dryRun !== true) {
    await applyChanges(directory, changes, {
      what: initChange,
      signal,
      finish: async () => void (await git.begin(paths)),
    });
    if (flags.noLock !== true && !isLocked && paths.includes("flake.nix")) {
      isLocked = await lockInputs({ directory, env, services, git, output, warn, signal });
      if (isLocked) paths.push("flake.lock");
    }
  }
  const left = files.map(({ path }) => path).filter((path) => kept.has(path));
  remarks(generated, { left, keys: options.authorizedKeys.length }).forEach(warn);
  const done = { directory, files: paths.toSorted(), locked: isLocked, dryRun: flags.dryRun === true };
  const view = { colors: output.colors, go, hosts: options.hosts };
  output.stdout.write(output.json ? jsonDocument("init", done) : renderNewFleet(done, view));
  return 0;
}

/** What an interrupted change of a directory is called that a new fleet was written to. */
const initChange = "flurry init";

/** Brings a new fleet to its end whose writing a crash interrupted. */
async function endEarlierInit(
  directory: string,
  git: Pick<Git, "begin">,
  now: number,
): Promise<EndedChange | undefined> {
  if ((await unfinishedChange(directory)) !== initChange) return undefined;
  const finish = async ({ written }: EndedChange): Promise<void> => void (await git.begin(written));
  return await endInterruptedChange(directory, { now, finish });
}

/** The flags with what a person says of those that are not given; nobody is asked where `--yes` answers. */
async function answered(flags: InitFlags, context: FromFlakeRequest["context"], now: Date): Promise<InitFlags> {
  const form = flags.yes === true || flags.dryRun === true ? undefined : await context.openForm?.();
  return form === undefined ? flags : await askForFlags(flags, form, now);
}

/** What the user should know of a new fleet. */
function remarks(
  { files, warnings }: GeneratedPlan,
  { left, keys }: { readonly left: readonly string[]; readonly keys: number },
): readonly string[] {
  return [
    ...left.map((path) => `${path} is there already and was left alone`),
    ...files
      .filter(({ state }) => state === "edited" || state === "hand-written")
      .map(({ path }) => `${path} is there already and was left alone; flurry render shows how it differs`),
    // No host of a new fleet has a key yet, and no secret is there yet that it would be needed for.
    ...warnings
      .filter(({ code }) => code !== "host-without-key")
      .map((issue) => renderIssue({ ...issue, severity: "error" })),
    ...(keys === 0
      ? ["no public ssh key was found for keys/, so that nobody could log in: put yours there as keys/NAME.pub"]
      : []),
  ];
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
