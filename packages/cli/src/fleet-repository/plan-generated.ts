import { FlurryError } from "@flurry/core";
import type { Issue } from "@flurry/core";
import { inspectGeneratedFile, renderFleet } from "@flurry/render";
import type { RenderedFleet, RenderFleetOptions } from "@flurry/render";
import type { Fleet } from "@flurry/schema";

import type { FileChange } from "./file-changes.ts";
import { repositoryFiles } from "./repository-files.ts";
import { repositorySecrets, sopsRecipients } from "./repository-secrets.ts";

/**
 * What is to become of a generated file: `new`, `updated` and `obsolete` ones are written or removed, `same` is right
 * already, `edited` was changed by hand since Flurry wrote it, `hand-written` never came from Flurry.
 */
export type GeneratedFileState = "new" | "same" | "updated" | "obsolete" | "edited" | "hand-written";

/** A file that is generated from the fleet. */
export interface GeneratedFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  readonly state: GeneratedFileState;
  /** What is there; undefined when nothing is. */
  readonly before: string | undefined;
  /** What the fleet gives; undefined for an obsolete file, and for a hand-written one that it says too little for. */
  readonly after: string | undefined;
  /** Why the fleet gives nothing for it yet, for a hand-written flake. */
  readonly problem?: FlurryError;
}

/** Everything that is generated from a fleet, beside what is there. */
export interface GeneratedPlan {
  readonly files: readonly GeneratedFile[];
  readonly warnings: readonly Issue[];
}

/** Where a fleet is rendered to. */
export interface PlanGeneratedOptions {
  /** The absolute directory of the repository. */
  readonly directory: string;
  /** Changes that are about to be made with the rendered files. */
  readonly changes?: readonly FileChange[];
}

const generatedPaths = [".sops.yaml", "flake.nix", "secrets.nix", "secrets/hosts.nix"];

/**
 * Renders a fleet and compares with what is in its repository. Writes nothing.
 *
 * @throws FlurryError FLURRY_FLEET_INVALID for a fleet that cannot be rendered
 */
export function planGenerated(fleet: Fleet, { directory, changes = [] }: PlanGeneratedOptions): GeneratedPlan {
  const existing = repositoryFiles(directory, changes);
  const { secrets, warnings } = repositorySecrets(fleet, directory, existing);
  const rendered = render(fleet, {
    existing,
    ...(fleet.secrets?.backend === "sops" ? { recipients: sopsRecipients } : {}),
    ...(secrets === undefined ? {} : { secrets }),
  });
  const own = rendered.files.map(({ path, content, status }): GeneratedFile => {
    const before = existing(path);
    const state = status === "edited-by-hand" ? handState(before ?? "") : status;
    return { path, state, before, after: content };
  });
  const files = rendered.problem === undefined ? own : [...own, handWrittenFlake(existing, rendered.problem)];
  const wanted = new Set(files.map(({ path }) => path));
  const obsolete = generatedPaths
    .filter((path) => !wanted.has(path))
    .flatMap((path): readonly GeneratedFile[] => {
      const before = existing(path);
      if (before === undefined || inspectGeneratedFile(before) !== "generated") return [];
      return [{ path, state: "obsolete", before, after: undefined }];
    });
  return { files: [...files, ...obsolete], warnings: [...warnings, ...rendered.warnings] };
}

interface Rendered extends RenderedFleet {
  readonly problem?: FlurryError;
}

/** A flake that a person wrote needs nothing of the fleet file, which then may say less. */
function render(fleet: Fleet, options: RenderFleetOptions): Rendered {
  try {
    return renderFleet(fleet, options);
  } catch (error) {
    const flake = options.existing("flake.nix");
    const isTheirs = flake !== undefined && inspectGeneratedFile(flake) === "foreign";
    if (!FlurryError.is(error) || error.code !== "FLURRY_FLEET_INVALID" || !isTheirs) throw error;
    return { ...renderFleet(fleet, { ...options, flake: false }), problem: error };
  }
}

function handWrittenFlake(existing: RenderFleetOptions["existing"], problem: FlurryError): GeneratedFile {
  return { path: "flake.nix", state: "hand-written", before: existing("flake.nix"), after: undefined, problem };
}

function handState(before: string): "edited" | "hand-written" {
  return inspectGeneratedFile(before) === "foreign" ? "hand-written" : "edited";
}

/** What it takes to make the files as the fleet gives them, apart from those that a person wrote. */
export function generatedChanges(files: readonly GeneratedFile[]): readonly FileChange[] {
  return files.flatMap(({ path, state, after }): readonly FileChange[] => {
    if (state === "obsolete") return [{ kind: "remove", path }];
    if ((state === "new" || state === "updated") && after !== undefined)
      return [{ kind: "write", path, content: after }];
    return [];
  });
}
