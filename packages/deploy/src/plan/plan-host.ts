import { FlurryError } from "@flurry/core";
import type { DrvPath, StorePath } from "@flurry/core";
import { buildForecast, knownClosure } from "@flurry/nix";
import type { BuildForecast } from "@flurry/nix";

import type { Goal } from "../goal.ts";
import type { HostFacts } from "../host/facts.ts";
import type { HostLink } from "../host/host-link.ts";
import type { RunContext } from "../run-context.ts";
import { bootChange } from "./boot-change.ts";
import type { BootChange } from "./boot-change.ts";
import { diffClosures } from "./closure-diff.ts";
import type { ClosurePath } from "./closure-diff.ts";
import { askUnits, copyAndAskUnits } from "./dry-activation.ts";
import type { CopyForecast, Finding, HostChangePlan } from "./host-plan.ts";
import { missingOnHost, remoteBootFiles, remoteClosure } from "./inspect-host.ts";
import { localBootFiles } from "./local-boot-files.ts";
import { forecastPackages } from "./package-forecast.ts";
import { parseDryActivation } from "./unit-changes.ts";
import type { UnitChanges } from "./unit-changes.ts";

/** A host that is not where it should be. */
export interface ChangingHost {
  readonly link: HostLink;
  readonly facts: HostFacts;
  readonly wanted: { readonly drvPath: DrvPath; readonly outPath: StorePath };
}

/** How to look at it. */
export interface LookOptions {
  /** The binary caches to ask for closures that are not in the store. */
  readonly caches: readonly string[];
  /**
   * When to let hosts say what happens to their units: where they have the new system already, also where it has to be
   * copied first, or never.
   */
  readonly units: "there" | "copy" | "never";
  /** With `boot` nothing happens to units. */
  readonly goal: Goal;
}

const toBuild = { why: "the new system is not built, and no binary cache has it", learn: "plan with --build" } as const;
const toFetch = { why: "the new system is neither here nor on the host", learn: "plan with --build" } as const;

/** Finds out what a deployment would do to a host. What cannot be found out says why. */
export async function planHost(host: ChangingHost, options: LookOptions, context: RunContext): Promise<HostChangePlan> {
  const { wanted, link } = host;
  const { signal, nix } = context;
  const [young, old] = await Promise.all([
    wantedClosure(host, options, context),
    finding(() => runningClosure(host, context)),
  ]);
  const missing: Finding<readonly ClosurePath[]> =
    young === undefined ? unknown(toBuild) : await finding(() => missingOnHost(link, young, signal));
  const copy = map(missing, copyForecast);
  const [boot, units, forecast] = await Promise.all([
    bootOf(host, copy, signal),
    unitsOf(host, { copy, options }, context),
    young === undefined ? buildForecast(wanted.drvPath, nix, { signal }) : undefined,
  ]);
  return {
    packages: young === undefined ? unknown(toBuild) : map(old, (paths) => diffClosures(paths, young)),
    ...forecastOf(forecast, old),
    copy,
    boot,
    units,
  };
}

/** The closure of the new system: as this machine's store, a binary cache or the host itself knows it. */
async function wantedClosure(
  { link, wanted }: ChangingHost,
  { caches }: LookOptions,
  { nix, signal }: RunContext,
): Promise<readonly ClosurePath[] | undefined> {
  const near = await knownClosure(wanted.outPath, nix, { signal, caches });
  if (near !== undefined) return near.paths;
  const far = await finding(() => remoteClosure(link, wanted.outPath, signal));
  return far.status === "known" ? far.value : undefined;
}

/** The closure of what the host runs: as this machine's store has it, else as the host says. */
async function runningClosure({ link, facts }: ChangingHost, context: RunContext): Promise<readonly ClosurePath[]> {
  const { signal, nix } = context;
  const local = await knownClosure(facts.current, nix, { signal, caches: [] });
  return local?.paths ?? (await remoteClosure(link, facts.current, signal));
}

function forecastOf(
  forecast: BuildForecast | undefined,
  old: Finding<readonly ClosurePath[]>,
): Pick<HostChangePlan, "forecast" | "build"> {
  if (forecast === undefined) return {};
  const { toBuild: derivations, toFetch, derivations: all } = forecast;
  const build = { derivations: derivations.length, fetchPaths: toFetch.paths, fetchBytes: toFetch.downloadBytes };
  if (old.status === "unknown") return { build };
  return {
    build,
    forecast: forecastPackages(
      old.value.map(({ path }) => path),
      all,
    ),
  };
}

function copyForecast(paths: readonly ClosurePath[]): CopyForecast {
  return { paths: paths.length, bytes: paths.reduce((sum, { narSize }) => sum + narSize, 0) };
}

async function bootOf(
  { link, wanted }: ChangingHost,
  copy: Finding<CopyForecast>,
  signal: AbortSignal,
): Promise<Finding<BootChange>> {
  const local = await localBootFiles(wanted.outPath);
  const isHere = Object.keys(local).length > 0;
  if (!isHere && copy.status === "unknown") return copy;
  if (!isHere && copy.status === "known" && copy.value.paths > 0) return unknown(toFetch);
  return await finding(async () => {
    const [booted, young] = await Promise.all([
      remoteBootFiles(link, "/run/booted-system", signal),
      isHere ? local : remoteBootFiles(link, wanted.outPath, signal),
    ]);
    return bootChange(booted, young);
  });
}

async function unitsOf(
  host: ChangingHost,
  { copy, options }: { readonly copy: Finding<CopyForecast>; readonly options: LookOptions },
  context: RunContext,
): Promise<Finding<UnitChanges>> {
  const { link, wanted } = host;
  if (options.goal === "boot") return known(parseDryActivation([]));
  if (options.units === "never") return unknown({ why: "it was not asked for", learn: "plan without --no-units" });
  if (copy.status === "unknown") return copy;
  if (copy.value.paths === 0) return await finding(() => askUnits(link, wanted.outPath, context.signal));
  if (options.units === "copy") return await finding(() => copyAndAskUnits(host, context));
  return unknown({ why: "the host does not have the new system yet", learn: "plan with --copy" });
}

function known<T>(value: T): Finding<T> {
  return { status: "known", value };
}

function unknown<T>(why: { readonly why: string; readonly learn?: string }): Finding<T> {
  return { status: "unknown", ...why };
}

function map<A, B>(found: Finding<A>, change: (value: A) => B): Finding<B> {
  return found.status === "known" ? known(change(found.value)) : found;
}

/** What a question came to, or why it could not be answered. Only an abort is thrown. */
async function finding<T>(question: () => Promise<T>): Promise<Finding<T>> {
  try {
    return known(await question());
  } catch (thrown) {
    const error = FlurryError.from(thrown);
    if (error.code === "FLURRY_ABORTED" || error.code === "FLURRY_INTERNAL") throw error;
    return unknown({ why: error.message, ...(error.hint === undefined ? {} : { learn: error.hint }) });
  }
}
