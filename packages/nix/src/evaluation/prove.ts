import { join } from "node:path";

import { FlurryError, storePath, tempDir } from "@flurry/core";
import type { StorePath } from "@flurry/core";

import type { LockedFlake } from "../flake/locked-flake.ts";
import { lockedRef } from "../flake/locked-ref.ts";
import { sourceInfo } from "../flake/source-info.ts";
import type { SourceInfo } from "../flake/source-info.ts";
import { isAtLeast } from "../process/capabilities.ts";
import type { NixVersion } from "../process/capabilities.ts";
import { runNix } from "../process/nix-command.ts";
import type { NixContext } from "../process/nix-context.ts";
import { nixError } from "../process/nix-error.ts";
import { pathInfos } from "../store/path-info.ts";
import type { RecordedDependency } from "./dependency.ts";
import type { DriverOptions } from "./driver.ts";
import type { NixAnswer } from "./evaluate.ts";
import type { Doubt, EvaluationRecord } from "./evaluation-record.ts";
import { projectSource } from "./projection.ts";

/** What a proof needs. */
export interface ProofParts {
  readonly flake: LockedFlake;
  readonly context: NixContext;
  readonly version: NixVersion;
  readonly signal: AbortSignal;
  /** Evaluates the host in question on another source. */
  readonly ask: (flake: LockedFlake, driver: Omit<DriverOptions, "version">) => Promise<NixAnswer>;
}

/** How a proof went. */
export type Proof =
  /** `records` are what is proven: the record, and where it tells, its twin for the tree once it is committed or edited. */
  | { readonly kind: "proven"; readonly records: readonly EvaluationRecord[] }
  | { readonly kind: "refuted"; readonly why: string }
  /**
   * No proof can be made: the record depends on the whole source (`whole`), or all of the source was looked at (`seen`), so
   * that there is nothing to leave out.
   */
  | { readonly kind: "impossible"; readonly why: "whole" | "seen" };

/** Doubts that a proof dispels. */
const provable: ReadonlySet<Doubt> = new Set<Doubt>(["import-from-derivation", "hash", "refuted"]);

/**
 * Evaluates a host again where only what its record names is there to see: other files are missing or empty, the source has
 * another path, and facts that were not asked for end the evaluation. Evaluation is deterministic: when it comes to the
 * same answer, it took the same way, and so it will for every source that agrees with the record.
 *
 * @throws FlurryError when the source cannot be made, or nix ends for a reason that is none of the flake's
 */
export async function proveRecord(record: EvaluationRecord, parts: ProofParts): Promise<Proof> {
  if (!record.doubts.every((doubt) => provable.has(doubt))) return { kind: "impossible", why: "whole" };
  const dependencies = record.dependencies.filter(({ kind }) => kind !== "tree");
  const { flake, version } = parts;
  const projected = await projectedFlake(dependencies, parts);
  if (projected === undefined) return { kind: "impossible", why: "seen" };
  const info = sourceInfo(flake);
  const asked = new Set(dependencies.flatMap(({ kind, subject }) => (kind === "self" ? [subject] : [])));
  const same = await parts.ask(projected, questionOf(info, Object.keys(info), asked));
  if (same.status === "failed") return { kind: "refuted", why: ofTheFlake(same.error).message };
  if (same.drvPath !== record.drvPath) return { kind: "refuted", why: `${same.drvPath} instead of ${record.drvPath}` };
  const proven: EvaluationRecord = { ...record, dependencies, doubts: [], proven: true };
  const twin = await twinRecord(proven, { info, asked, version, ask: (driver) => parts.ask(projected, driver) });
  return { kind: "proven", records: [proven, ...(twin === undefined ? [] : [twin])] };
}

/** An error that the flake's own code came to. Others say nothing about the record. */
function ofTheFlake(error: FlurryError): FlurryError {
  if (error.code === "FLURRY_EVAL_FAILED" || error.code === "FLURRY_EVAL_MISSING_HOST") return error;
  throw error;
}

function questionOf(
  info: SourceInfo,
  names: readonly string[],
  asked: ReadonlySet<string>,
): Omit<DriverOptions, "version"> {
  const known = Object.entries(info).filter(([name]) => asked.has(name) && names.includes(name));
  return { info: Object.fromEntries(known), poisoned: names.filter((name) => !asked.has(name) || !(name in info)) };
}

/**
 * A flake that looks at its `self` could look whether the tree is clean, which `?` does without a trace. The record then
 * only counts for trees of its kind, and a second evaluation tells whether it also does for the other kind.
 */
async function twinRecord(
  record: EvaluationRecord,
  {
    info,
    asked,
    version,
    ask,
  }: {
    readonly info: SourceInfo;
    readonly asked: ReadonlySet<string>;
    readonly version: NixVersion;
    readonly ask: (driver: Omit<DriverOptions, "version">) => Promise<NixAnswer>;
  },
): Promise<EvaluationRecord | undefined> {
  const isNames = ({ kind }: RecordedDependency): boolean => kind === "names";
  const names = otherNames(info, version);
  if (!record.dependencies.some(isNames) || names === undefined) return undefined;
  const answer = await ask(questionOf(info, names, asked));
  if (answer.status === "failed") ofTheFlake(answer.error);
  if (answer.status === "failed" || answer.drvPath !== record.drvPath) return undefined;
  const value = [...names].sort().join(" ");
  return { ...record, dependencies: record.dependencies.map((each) => (isNames(each) ? { ...each, value } : each)) };
}

const cleanNames = ["rev", "shortRev", "revCount"];
const dirtyNames = ["dirtyRev", "dirtyShortRev"];

/** The facts that there are when a clean git tree becomes dirty, or a dirty one clean; undefined without git. */
function otherNames(info: SourceInfo, version: NixVersion): readonly string[] | undefined {
  if (!("submodules" in info)) return undefined;
  const rest = Object.keys(info).filter((name) => !cleanNames.includes(name) && !dirtyNames.includes(name));
  if (!("rev" in info)) return [...rest, ...cleanNames];
  return isAtLeast(version, 2, 17) && version.implementation !== "lix" ? [...rest, ...dirtyNames] : rest;
}

/** The flake with a source that has nothing but what is named; undefined when that is all there is. */
async function projectedFlake(
  dependencies: readonly RecordedDependency[],
  { flake, context, signal }: ProofParts,
): Promise<LockedFlake | undefined> {
  await using temp = await tempDir("flurry-proof");
  const directory = join(temp.path, "source");
  const { original, subdirectory } = flake;
  const differs = projectSource(flake.storePath, directory, { dependencies, subdirectory });
  const path = differs ? await addToStore(directory, context, signal) : flake.storePath;
  if (path === flake.storePath) return undefined;
  const narHash = (await pathInfos([path], context, { signal })).get(path)?.narHash;
  if (narHash === undefined)
    throw new FlurryError("FLURRY_NIX_OUTPUT_INVALID", `${path} was added and is not in the store`);
  const known = {
    storePath: path,
    narHash,
    // None of the flake's facts: what is asked for comes from the driver.
    lastModified: 1,
    ...(subdirectory === undefined ? {} : { subdirectory }),
  };
  return { original, ...known, lockedRef: lockedRef(known), dirty: false, warnings: [] };
}

async function addToStore(directory: string, context: NixContext, signal: AbortSignal): Promise<StorePath> {
  const what = "copying a part of the source to the store";
  const args = ["--name", "source", "--", directory];
  const output = await runNix(context, { command: ["store", "add-path"], args, what, timeoutMs: 120_000 }, { signal });
  if (output.exitCode !== 0) throw nixError(output, { code: "FLURRY_PROCESS_FAILED", what });
  return storePath(output.stdout.trim());
}
