import { FlurryError } from "@flurry/core";
import type { BuildRequest } from "@flurry/nix";
import type { Host } from "@flurry/schema";

/** A host and the system that it is to get. */
export interface SystemToBuild extends Omit<BuildRequest, "host"> {
  readonly host: Host;
  /** The profile whose package it is; missing for the host's system. */
  readonly profile?: string;
}

/** Systems that are built in the same store. */
export type BuildGroup =
  | { readonly place: "local"; readonly systems: readonly SystemToBuild[] }
  /** One host, which builds its own system. */
  | { readonly place: "target"; readonly systems: readonly SystemToBuild[]; readonly host: Host }
  /** A builder that this machine then fetches the systems from: a host, or whatever the uri of a store names. */
  | { readonly place: "builder"; readonly systems: readonly SystemToBuild[]; readonly builder: Host | string };

/**
 * Puts together what is built in one place, so that Nix schedules as much as possible at once.
 *
 * @param localHost - the host that is this very machine: what it builds is built here
 */
export function buildGroups(
  systems: readonly SystemToBuild[],
  hostNamed: (name: string) => Host | undefined,
  localHost?: string,
): readonly BuildGroup[] {
  const groups = new Map<string, BuildGroup>();
  for (const system of systems) {
    const { key, place } = isBuiltBy(system.host, localHost) ? here : placeOf(system.host, hostNamed);
    groups.set(key, { ...place, systems: [...(groups.get(key)?.systems ?? []), system] });
  }
  return [...groups.values()];
}

type Place =
  | { readonly place: "local" }
  | { readonly place: "target"; readonly host: Host }
  | { readonly place: "builder"; readonly builder: Host | string };

const here = { key: "local", place: { place: "local" } } as const;

function isBuiltBy({ name, deploy: { buildOn } }: Host, builder: string | undefined): boolean {
  if (buildOn.kind === "target") return name === builder;
  return buildOn.kind === "host" && buildOn.name === builder;
}

function placeOf(
  host: Host,
  hostNamed: (name: string) => Host | undefined,
): { readonly key: string; readonly place: Place } {
  const { buildOn } = host.deploy;
  const target = { key: `target ${host.name}`, place: { place: "target", host } } as const;
  switch (buildOn.kind) {
    case "local":
      return here;
    case "target":
      return target;
    case "store":
      return { key: buildOn.uri, place: { place: "builder", builder: buildOn.uri } };
    case "host": {
      if (buildOn.name === host.name) return target;
      const builder = hostNamed(buildOn.name);
      if (builder !== undefined) return { key: `host ${buildOn.name}`, place: { place: "builder", builder } };
      throw new FlurryError(
        "FLURRY_FLEET_INVALID",
        `${host.name} is to be built on ${buildOn.name}, which is no host`,
        {
          host: host.name,
          hint: "Name a host of the fleet, local, target, or a store such as ssh-ng://root@builder.",
        },
      );
    }
  }
}
