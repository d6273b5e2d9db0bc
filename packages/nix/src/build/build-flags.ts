import type { BuildOptions } from "./build-request.ts";

/** The words for nix that say how to build. */
export function buildFlags({ maxJobs, cores, builders, nixOptions = [], store }: BuildOptions): readonly string[] {
  return [
    ...(maxJobs === undefined ? [] : ["--max-jobs", String(maxJobs)]),
    ...(cores === undefined ? [] : ["--cores", String(cores)]),
    ...(builders === undefined ? [] : ["--builders", builders]),
    ...(store === undefined ? [] : ["--eval-store", "auto", "--store", store.uri]),
    ...nixOptions.flatMap(([name, value]) => ["--option", name, value]),
  ];
}
