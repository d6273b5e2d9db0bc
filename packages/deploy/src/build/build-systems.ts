import { FlurryError } from "@flurry/core";
import type { BuildOptions, BuildRequest, BuildResult, BuildStore } from "@flurry/nix";
import type { Host } from "@flurry/schema";
import { connect, nixSshOpts } from "@flurry/ssh";
import type { NixSshOpts, SharedConnection } from "@flurry/ssh";

import { eachHost } from "../fleet/each-host.ts";
import { sshTarget } from "../host/target.ts";
import { profileError, profileKey } from "../profiles/evaluation-requests.ts";
import type { RunContext } from "../run-context.ts";
import { buildGroups } from "./build-groups.ts";
import type { BuildGroup, SystemToBuild } from "./build-groups.ts";

/** How many stores build at the same time; each has one nix here that follows it. */
const placesAtATime = 8;

/** What to build, and whom to know for it. */
export interface BuildSystemsRequest {
  readonly systems: readonly SystemToBuild[];
  /** Every host of the fleet: systems may be built on one that gets none. */
  readonly fleetHosts: readonly Host[];
  readonly options?: Omit<BuildOptions, "signal" | "store">;
}

/** What became of a system. */
export type SystemBuild = BuildResult & {
  /** Whether the system is in this machine's store; one that its own host has built is not. */
  readonly isHere: boolean;
  /** The profile whose package it is; missing for the host's system. */
  readonly profile?: string;
};

/**
 * Builds each system where its host says: here, on the host itself, or on a builder from which it is then fetched.
 * What goes wrong for a host is its result.
 */
export async function buildSystems(
  { systems, fleetHosts, options = {} }: BuildSystemsRequest,
  context: RunContext,
): Promise<readonly SystemBuild[]> {
  const byName = new Map(fleetHosts.map((host) => [host.name, host]));
  const results = new Map<string, SystemBuild>();
  await eachHost(
    buildGroups(systems, (name) => byName.get(name), context.ssh.localHost),
    placesAtATime,
    async (group) => {
      for (const result of await buildGroup(group, options, context)) results.set(result.host, result);
    },
  );
  return systems.flatMap((system) => {
    const result = results.get(keyOf(system));
    return result === undefined ? [] : [named(result, system)];
  });
}

async function buildGroup(
  group: BuildGroup,
  options: Omit<BuildOptions, "signal" | "store">,
  context: RunContext,
): Promise<readonly SystemBuild[]> {
  const { pool, signal } = context;
  const requests = group.systems.map(requestOf);
  const isHere = group.place !== "target";
  try {
    if (group.place === "local") return marked(await pool.build(requests, { ...options, signal }), isHere);
    await using store = await storeOf(group.place === "target" ? group.host : group.builder, context);
    const results = await pool.build(requests, { ...options, store, signal });
    if (group.place === "builder") await fetchBuilt(results, store, context);
    return marked(results, isHere);
  } catch (error) {
    // The store could not be reached, or what it has built did not arrive.
    const reason = FlurryError.from(error);
    return requests.map(({ host }) => ({ host, status: "failed", error: reason.withHost(host), isHere }));
  }
}

function requestOf(system: SystemToBuild): BuildRequest {
  const { drvPath, outPath } = system;
  return { host: keyOf(system), drvPath, outPath };
}

/** The name under which Nix is asked for it. */
function keyOf({ profile, host }: SystemToBuild): string {
  return profile === undefined ? host.name : profileKey(host.name, profile);
}

function named(result: SystemBuild, { host: { name: host }, profile }: SystemToBuild): SystemBuild {
  if (profile === undefined) return result;
  if (result.status === "built") return { ...result, host, profile };
  return { ...result, host, profile, error: profileError(result.error, host, profile) };
}

function marked(results: readonly BuildResult[], isHere: boolean): readonly SystemBuild[] {
  return results.map((result) => ({ ...result, isHere }));
}

async function fetchBuilt(
  results: readonly BuildResult[],
  { uri, nixSshOpts: sshOpts, name }: BuildStore & { readonly name: string },
  { pool, signal }: RunContext,
): Promise<void> {
  const paths = [...new Set(results.flatMap((result) => (result.status === "built" ? [result.outPath] : [])))];
  if (paths.length === 0) return;
  const request = { host: name, paths, storeUri: uri, ...(sshOpts === undefined ? {} : { nixSshOpts: sshOpts }) };
  await pool.fetch(request, { signal });
}

type OpenStore = BuildStore & AsyncDisposable & { readonly name: string };

/** The store of a host, as Nix reaches it; a store that the user named by its uri has the user's ssh configuration. */
async function storeOf(builder: Host | string, { ssh, signal }: RunContext): Promise<OpenStore> {
  if (typeof builder === "string") return { name: builder, uri: builder, [Symbol.asyncDispose]: async () => {} };
  const target = sshTarget(builder);
  // Which of its addresses answers, and that it is the right host, is found out before Nix has to, which then goes the same way.
  const session = await connect(target, ssh, { signal });
  const end = async (shared?: SharedConnection, opts?: NixSshOpts): Promise<void> => {
    await opts?.[Symbol.asyncDispose]();
    await shared?.[Symbol.asyncDispose]();
    await session[Symbol.asyncDispose]();
  };
  let shared: SharedConnection | undefined;
  try {
    shared = await session.share({ load: "bulk", signal });
    const opts = await nixSshOpts(target, session.address, ssh, { signal, shared });
    return {
      name: builder.name,
      uri: `ssh-ng://${opts.storeHost}`,
      nixSshOpts: opts.value,
      [Symbol.asyncDispose]: () => end(shared, opts),
    };
  } catch (error) {
    await end(shared);
    throw error;
  }
}
