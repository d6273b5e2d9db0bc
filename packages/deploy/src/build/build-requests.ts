import { FlurryError } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import type { Host } from "@flurry/schema";

import type { WantedSystem } from "../fleet/prepare.ts";
import type { WantedProfile } from "../profiles/profile-job.ts";
import type { SystemToBuild } from "./build-groups.ts";
import type { SystemBuild } from "./build-systems.ts";

/** What of a host is to be built: its system, unless it keeps the one that it has, and profiles. */
export interface HostToBuild {
  readonly host: Host;
  readonly system: WantedSystem | undefined;
  readonly profiles: readonly Pick<WantedProfile, "profile" | "outPath" | "drvPath">[];
}

/** What to build for a host. */
export function buildRequests({ host, system, profiles }: HostToBuild): readonly SystemToBuild[] {
  return [
    ...(system === undefined ? [] : [{ drvPath: system.drvPath, outPath: system.outPath, host }]),
    ...profiles.map(({ profile: { name: profile }, drvPath, outPath }) => ({ drvPath, outPath, host, profile })),
  ];
}

/** What became of all that was to be built for a host. */
export type HostBuild =
  | { readonly status: "built"; readonly outPaths: readonly StorePath[]; readonly isHere: boolean }
  | { readonly status: "failed"; readonly error: FlurryError };

/** Puts together what became of a host's builds. What fails first in the order of its parts is its failure. */
export function hostBuild(wanted: HostToBuild, results: readonly SystemBuild[]): HostBuild {
  const { name } = wanted.host;
  const outPaths: StorePath[] = [];
  let isHere = true;
  for (const { profile } of buildRequests(wanted)) {
    const result = results.find((one) => one.host === name && one.profile === profile);
    if (result?.status !== "built") return { status: "failed", error: result?.error ?? unheard(name) };
    outPaths.push(result.outPath);
    isHere &&= result.isHere;
  }
  return { status: "built", outPaths, isHere };
}

function unheard(host: string): FlurryError {
  return FlurryError.from(new Error("nix said nothing of this host")).withHost(host);
}
