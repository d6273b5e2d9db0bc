import { FlurryError } from "@flurry/core";
import { renderIssue } from "@flurry/schema";

import type { RenderFlags } from "../command-line/repository-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { applyChanges } from "../fleet-repository/file-changes.ts";
import { gitOf } from "../fleet-repository/git.ts";
import { openFleetFile } from "../fleet-repository/open-fleet-file.ts";
import type { FleetRepository } from "../fleet-repository/open-fleet-file.ts";
import { generatedChanges, planGenerated } from "../fleet-repository/plan-generated.ts";
import type { GeneratedFile } from "../fleet-repository/plan-generated.ts";
import { keepReplaced, takeOver } from "../fleet-repository/take-over.ts";
import { renderError } from "../renderers/error.ts";
import { renderFileDiff } from "../renderers/file-diff.ts";
import { renderGenerated } from "../renderers/generated-table.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { guarded } from "../run/guard.ts";

/** `flurry render`: writes what is generated from the fleet file, and nothing that a person wrote. */
export async function render(this: CommandScope, flags: RenderFlags): Promise<void> {
  const { cli } = this;
  await guarded(this, flags, async ({ signal }) => {
    refuseContradictions(flags);
    const repository = await openFleetFile({
      context: cli,
      flags,
      signal,
      mayWrite: flags.check !== true && flags.dryRun !== true,
    });
    const { directory, fleet } = repository;
    const plan = planGenerated(fleet, { directory });
    const chosen = takeOver(plan.files, { ...flags, directory, cwd: repository.cwd });
    const changes = generatedChanges(chosen.files);
    const error = flags.check === true ? staleError(chosen.files) : editedError(chosen.files);
    const writes = error === undefined && flags.check !== true && flags.dryRun !== true;
    if (writes && changes.length > 0) {
      const services = await cli.loadServices();
      const git = gitOf(directory, { services, env: cli.env, signal });
      const kept = keepReplaced(chosen.replaced, new Date(cli.now()));
      await applyChanges(directory, [...kept, ...changes], {
        what: "flurry render",
        signal,
        finish: () => git.intendToAdd(changes.flatMap(({ kind, path }) => (kind === "write" ? [path] : []))),
      });
      for (const { kind, path } of kept) if (kind === "write") repository.warn(`what was there is kept as ${path}`);
    }
    const { warnings } = plan;
    tell(repository, { files: plan.files, changed: writes ? changes.map(({ path }) => path) : [], flags, error });
    if (repository.output.json) {
      const files = plan.files.map(({ path, state }) => ({
        path,
        state,
        written: writes && changes.some((change) => change.path === path),
      }));
      repository.output.stdout.write(
        jsonDocument("render", { files, warnings, ...(error === undefined ? {} : { error: error.toJSON() }) }),
      );
    } else for (const issue of warnings) repository.warn(renderIssue({ ...issue, severity: "error" }));
    return error === undefined ? 0 : 1;
  });
}

interface Told {
  readonly files: readonly GeneratedFile[];
  readonly changed: readonly string[];
  readonly flags: RenderFlags;
  readonly error: FlurryError | undefined;
}

function tell({ output }: FleetRepository, { files, changed, flags, error }: Told): void {
  if (output.json) return;
  const { stdout, stderr, colors, progressColors } = output;
  const shown = files
    .filter(({ state }) => state !== "same" && (flags.diff === true || state === "edited"))
    .filter(({ problem }) => problem === undefined);
  for (const file of shown) stdout.write(`${renderFileDiff(file, colors)}\n`);
  const rows = files.map(({ path, state }) => ({ path, state, done: changed.includes(path) }));
  stdout.write(renderGenerated(rows, { colors, columns: stdout.columns() }));
  if (error !== undefined) stderr.write(`${renderError(error.toJSON(), { colors: progressColors, verbose: true })}\n`);
}

function refuseContradictions({ check, dryRun, adopt = [], force = [] }: RenderFlags): void {
  if (check === true && (dryRun === true || adopt.length > 0 || force.length > 0))
    throw new FlurryError(
      "FLURRY_USAGE",
      "--check writes nothing, so it takes neither --dry-run, --adopt nor --force",
      {
        hint: "without --check, flurry render writes the files",
      },
    );
}

/** Why nothing is written; undefined when no generated file was edited. */
export function editedError(files: readonly GeneratedFile[]): FlurryError | undefined {
  const edited = files.filter(({ state }) => state === "edited").map(({ path }) => path);
  if (edited.length === 0) return undefined;
  const one = edited[0] ?? "";
  return new FlurryError(
    "FLURRY_RENDER_EDITED",
    `${edited.join(" and ")} ${edited.length === 1 ? "was" : "were"} edited by hand; nothing is written`,
    {
      place: { file: one },
      hint: `move the edit into fleet.yaml, modules/ or hosts/, then run: flurry render --force ${one}. Or make the file yours: remove the two lines of its head`,
    },
  );
}

function staleError(files: readonly GeneratedFile[]): FlurryError | undefined {
  const stale = files.filter(({ state }) => state !== "same" && state !== "hand-written");
  if (stale.length === 0) return undefined;
  return new FlurryError(
    "FLURRY_RENDER_STALE",
    `${stale.map(({ path }) => path).join(", ")}: not what the fleet file gives`,
    { hint: "run flurry render and commit what it writes" },
  );
}
