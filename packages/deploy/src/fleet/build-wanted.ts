import { FlurryError } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import { readClosures } from "@flurry/nix";
import type { PathInfo } from "@flurry/nix";
import type { Host } from "@flurry/schema";

import { buildRequests, hostBuild } from "../build/build-requests.ts";
import type { HostToBuild } from "../build/build-requests.ts";
import { buildSystems } from "../build/build-systems.ts";
import type { HostFacts } from "../host/facts.ts";
import type { HostLink } from "../host/host-link.ts";
import type { ProfileJob, WantedProfile } from "../profiles/profile-job.ts";
import type { RunContext } from "../run-context.ts";
import type { WantedSystem } from "./prepare.ts";
import type { ReadyHost } from "./roll-out.ts";
import type { VerdictBoard } from "./verdict-board.ts";

/** A host that is to get a new system, or to keep its own, and new profiles. */
export interface PendingHost {
  readonly link: HostLink;
  /** Undefined where the host keeps the system that it runs. */
  readonly system: WantedSystem | undefined;
  readonly facts: HostFacts;
  readonly profiles: readonly ProfileJob[];
  /** How the packages of the profiles come about. */
  readonly packages: readonly WantedProfile[];
}

/** Builds everything for all hosts at once. Hosts for which something does not build get their verdict; the others are returned. */
export async function buildWanted(
  pending: readonly PendingHost[],
  {
    board,
    context,
    fleetHosts,
    rootsDirectory,
  }: {
    readonly board: VerdictBoard;
    readonly context: RunContext;
    readonly fleetHosts: readonly Host[];
    readonly rootsDirectory: string | undefined;
  },
): Promise<readonly ReadyHost[]> {
  if (pending.length === 0) return [];
  const toBuild = pending.map(hostToBuild);
  const options = rootsDirectory === undefined ? {} : { outLinkDirectory: rootsDirectory };
  const results = await buildSystems({ systems: toBuild.flatMap(buildRequests), fleetHosts, options }, context);
  const closures = await readClosures(
    results.flatMap((result) => (result.status === "built" && result.isHere ? [result.outPath] : [])),
    context.nix,
    { signal: context.signal },
  ).catch((error: unknown) => FlurryError.from(error));
  return pending.flatMap((host) => {
    const { name } = host.link.host;
    const before = host.facts.current;
    const built = hostBuild(hostToBuild(host), results);
    if (built.status === "failed") board.fail(name, built.error, { stage: "build", before });
    else if (!built.isHere) return [readyHost(host)];
    else if (closures instanceof FlurryError) board.fail(name, closures, { stage: "copy", before });
    else return [{ ...readyHost(host), closure: closureOf(built.outPaths, closures) }];
    return [];
  });
}

/** What a host that was built, or whose packages are there already, is taken to. */
export function readyHost({ link, facts, system, profiles }: PendingHost): ReadyHost {
  const what = profiles.length === 0 ? {} : { profiles };
  if (system === undefined) return { link, facts, candidate: facts.current, keepsSystem: true, ...what };
  return { link, facts, candidate: system.outPath, ...what };
}

/** Everything that some packages refer to, once. */
export function closureOf(
  outPaths: readonly StorePath[],
  closures: { readonly closureOf: (path: StorePath) => readonly PathInfo[] },
): readonly PathInfo[] {
  const all = outPaths.flatMap((path) => closures.closureOf(path));
  return [...new Map(all.map((info) => [info.path, info])).values()];
}

function hostToBuild({ link, system, profiles, packages }: PendingHost): HostToBuild {
  const changing = packages.filter(({ profile }) => profiles.some((job) => job.profile === profile));
  return { host: link.host, system, profiles: changing };
}
