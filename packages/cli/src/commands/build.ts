import { join } from "node:path";

import { FlurryError } from "@flurry/core";
import type { FlurryErrorJson } from "@flurry/core";
import { buildSystems } from "@flurry/deploy";
import type { Attributed, SystemBuild } from "@flurry/deploy";

import { builtOn } from "../command-line/build-on-flag.ts";
import type { BuildFlags } from "../command-line/command-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { emitStart, openEngine } from "../run/engine.ts";
import type { Engine } from "../run/engine.ts";
import { evaluateHosts } from "../run/evaluate-hosts.ts";
import { exitCodeOfErrors } from "../run/exit-code-of-errors.ts";
import { guarded } from "../run/guard.ts";
import { reportHostErrors } from "../run/report-host-errors.ts";
import { sayPlan } from "../run/say-plan.ts";
import { startCommand } from "../run/start-command.ts";
import type { CommandStart } from "../run/start-command.ts";

/** A host with the system that was built for it, or with a profile beside that, or why there is none. */
type HostBuild = { readonly host: string; readonly profile?: string } & (
  | { readonly status: "built"; readonly outPath: string }
  | { readonly status: "failed"; readonly error: FlurryErrorJson }
);

/** `flurry build`: builds the system of each host and prints where it is. */
export async function build(this: CommandScope, flags: BuildFlags, ...words: readonly string[]): Promise<void> {
  await guarded(this, flags, async (interruption) => {
    const start = await startCommand({ context: this.cli, flags, words, interruption });
    const { builds, told } = await buildAll(start, flags);
    const errors = builds.flatMap((one) => (one.status === "failed" ? [one.error] : []));
    const { output } = start;
    if (!told && !output.json) reportHostErrors(errors, output);
    output.stdout.write(output.json ? jsonDocument("build", buildsJson(builds)) : outPaths(builds));
    return exitCodeOfErrors(errors.map((error) => error.code));
  });
}

function buildsJson(builds: readonly HostBuild[]): Readonly<Record<string, readonly HostBuild[]>> {
  const profiles = builds.filter(({ profile }) => profile !== undefined);
  const hosts = builds.filter(({ profile }) => profile === undefined);
  return profiles.length === 0 ? { hosts } : { hosts, profiles };
}

async function buildAll(
  start: CommandStart,
  flags: BuildFlags,
): Promise<{ readonly builds: readonly HostBuild[]; readonly told: boolean }> {
  const flake = await start.loaded.lock();
  sayPlan(start, flake, { doing: "Building", how: [] });
  await using engine = await openEngine(start);
  emitStart(start, engine.emit, "build");
  const all = await evaluateHosts(start, engine, flake);
  const byName = new Map(builtOn(start.hosts, flags).map((host) => [host.name, host]));
  const systems = all.flatMap((one) => {
    const host = byName.get(one.host);
    return host === undefined || one.evaluation.status === "failed"
      ? []
      : [{ ...one.evaluation, host, ...profileOf(one) }];
  });
  const results = await buildSystems({ systems, fleetHosts: start.loaded.fleet.hosts }, engine.context);
  const built = new Map(results.map((result) => [keyOf(result), hostBuild(result)]));
  for (const result of built.values())
    if (result.status === "failed")
      engine.emit({ kind: "failure", host: result.host, stage: "build", error: result.error });
  if (flags.outLink === true) await linkAll(results, start);
  if (flags.push !== undefined)
    for (const failed of await pushAll(results, flags.push, { start, engine })) built.set(keyOf(failed), failed);
  const builds = all.flatMap((one): readonly HostBuild[] => {
    const { host, evaluation } = one;
    const about = { host, ...profileOf(one) };
    if (evaluation.status === "failed")
      return [{ ...about, status: "failed", error: evaluation.error.withHost(host).toJSON() }];
    const result = built.get(keyOf(about));
    return result === undefined ? [] : [result];
  });
  return { builds, told: engine.progress.tellsFailures };
}

function profileOf({ profile }: Attributed): { readonly profile?: string } {
  return profile === undefined ? {} : { profile: profile.name };
}

function keyOf({ host, profile = "" }: { readonly host: string; readonly profile?: string }): string {
  return JSON.stringify([host, profile]);
}

/** As deploy-rs spells it. */
function nameOf({ host, profile }: SystemBuild): string {
  return profile === undefined ? host : `${host}.${profile}`;
}

function hostBuild(result: SystemBuild): HostBuild {
  const { host, profile } = result;
  const about = profile === undefined ? { host } : { host, profile };
  if (result.status === "built") return { ...about, status: "built", outPath: result.outPath };
  return { ...about, status: "failed", error: result.error.withHost(host).toJSON() };
}

async function linkAll(builds: readonly SystemBuild[], start: CommandStart): Promise<void> {
  const { services, nix, cwd, interruption, output } = start;
  const { signal } = interruption;
  for (const build of builds) {
    if (build.status !== "built") continue;
    if (build.isHere) await services.linkOutput(join(cwd, `result-${nameOf(build)}`), build.outPath, { nix, signal });
    else
      output.stderr.write(
        `${output.progressColors.yellow("warning")}: no link to what ${build.host} has in its own store\n`,
      );
  }
}

/** Copies what was built to a store; returns the hosts whose system did not get there. */
async function pushAll(
  builds: readonly SystemBuild[],
  storeUri: string,
  { start, engine }: { readonly start: CommandStart; readonly engine: Engine },
): Promise<readonly HostBuild[]> {
  const failed: HostBuild[] = [];
  for (const build of builds) {
    if (build.status !== "built") continue;
    const { host, outPath, profile } = build;
    const about = profile === undefined ? { host } : { host, profile };
    try {
      if (!build.isHere)
        throw new FlurryError(
          "FLURRY_COPY_FAILED",
          `the system is in the store of ${host}, from where it cannot be pushed`,
          {
            hint: "Build it here or on a builder: --build-on local.",
          },
        );
      await engine.pool.copy({ host, paths: [outPath], storeUri }, { signal: start.interruption.signal });
    } catch (cause) {
      const error = FlurryError.from(cause).withHost(host).toJSON();
      engine.emit({ kind: "failure", host, stage: "copy", error });
      failed.push({ ...about, status: "failed", error });
    }
  }
  return failed;
}

function outPaths(builds: readonly HostBuild[]): string {
  return builds.flatMap((build) => (build.status === "built" ? [`${build.outPath}\n`] : [])).join("");
}
