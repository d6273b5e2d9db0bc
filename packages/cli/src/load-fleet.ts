import { isAbsolute, join, relative, resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import type { Issue, Result } from "@flurry/core";
import type { LockedFlake, NixContext } from "@flurry/nix";
import {
  fleetInvalid,
  findFleet,
  readColmena,
  readDeployRs,
  readFleetFile,
  readNixosConfigurations,
  renderIssue,
} from "@flurry/schema";
import type { Fleet, FoundFleet } from "@flurry/schema";

import { unfinishedChange } from "./fleet-repository/change-journal.ts";
import { hiveAside, takesNodes, withHiveKeys } from "./hive-keys.ts";
import type { Services } from "./services.ts";

/** A fleet and the flake that its systems come from. */
export interface LoadedFleet {
  readonly fleet: Fleet;
  /** The absolute directory that the fleet belongs to; where its runs leave their journals. */
  readonly directory: string;
  /** The flake's source, fixed once for the whole command. Nothing is fetched before the first call. */
  readonly lock: () => Promise<LockedFlake>;
}

/** Where to look for a fleet, and with what. */
export interface LoadFleetOptions {
  /** The directory to begin in. */
  readonly cwd: string;
  /** The flake that the user named; without it the fleet is found from `cwd` upward. */
  readonly flake: string | undefined;
  readonly nix: NixContext;
  readonly services: Pick<Services, "lockFlake" | "describeFlake">;
  readonly signal: AbortSignal;
  /** Takes each remark on the fleet or the flake, as one line. */
  readonly warn: (text: string) => void;
}

/**
 * Reads the fleet: from its fleet file if there is one, else from the flake's `deploy.nodes`, else from its Colmena hive
 * (`colmenaHive`, or `colmena`), else from its `nixosConfigurations`.
 *
 * @throws FlurryError FLURRY_FLEET_NOT_FOUND, FLURRY_FLEET_INVALID, FLURRY_FLAKE_NOT_FOUND, FLURRY_FLAKE_INVALID and
 * whatever else keeps Nix from describing the flake
 */
export async function loadFleet(options: LoadFleetOptions): Promise<LoadedFleet> {
  const { cwd, flake } = options;
  if (flake === undefined || isPath(flake)) return await fromDirectory(resolve(cwd, flake ?? "."), options);
  const lock = lockOnce(flake, options);
  const { directory } = await lock();
  const found = directory === undefined ? undefined : await foundExactly(directory);
  if (found?.fleetFile !== undefined)
    return await fromFleetFile(found.fleetFile, { directory: found.directory, lock }, options);
  return { fleet: await fromFlake(lock, flake, options), directory: directory ?? cwd, lock };
}

type Place = Pick<LoadedFleet, "directory" | "lock">;

async function fromDirectory(start: string, options: LoadFleetOptions): Promise<LoadedFleet> {
  const { directory, fleetFile, flakeFile } = await findFleet(start);
  const change = await unfinishedChange(directory);
  if (change !== undefined)
    options.warn(`${change} is not at its end; if it was interrupted, flurry render goes on with it`);
  const lock = flakeFile === undefined ? noFlake(directory) : lockOnce(directory, options);
  if (fleetFile !== undefined) return await fromFleetFile(fleetFile, { directory, lock }, options);
  return { fleet: await fromFlake(lock, displayPath(flakeFile ?? directory, options.cwd), options), directory, lock };
}

async function foundExactly(directory: string): Promise<FoundFleet | undefined> {
  const found = await findFleet(directory).catch(() => undefined);
  return found?.directory === resolve(directory) ? found : undefined;
}

async function fromFleetFile(file: string, place: Place, options: LoadFleetOptions): Promise<LoadedFleet> {
  const { cwd, signal } = options;
  const fleet = take(await readFleetFile(file, { displayName: displayPath(file, cwd), signal }), options);
  return { fleet: await withKeys(fleet, { directory: place.directory, lock: place.lock }, options), ...place };
}

async function withKeys(fleet: Fleet, { directory, lock }: Place, options: LoadFleetOptions): Promise<Fleet> {
  if (!takesNodes(fleet)) return fleet;
  const { services, nix, signal, cwd } = options;
  const outline = await services.describeFlake(await lock(), nix, { signal, wantsHive: true });
  return take(withHiveKeys(fleet, outline, displayPath(join(directory, "flake.nix"), cwd)), options);
}

async function fromFlake(lock: () => Promise<LockedFlake>, file: string, options: LoadFleetOptions): Promise<Fleet> {
  const { services, nix, signal } = options;
  const outline = await services.describeFlake(await lock(), nix, { signal });
  const { nixosConfigurations, deploy, hive } = outline;
  if (deploy !== undefined) {
    if (outline.hasColmena || outline.hasColmenaHive) options.warn(renderIssue(withoutSeverity(hiveAside(file))));
    return take(readDeployRs(deploy, { nixosConfigurations, file }), options);
  }
  if (hive !== undefined) return take(readColmena(hive, { file }), options);
  if (nixosConfigurations.length > 0) return take(readNixosConfigurations(nixosConfigurations, { file }), options);
  throw new FlurryError(
    "FLURRY_FLEET_NOT_FOUND",
    `${file} has no deploy.nodes, no colmena and no nixosConfigurations`,
    {
      hint: "add nixosConfigurations.<host> to the flake's outputs, or describe the hosts in fleet.yaml",
      place: { file },
    },
  );
}

function take(result: Result<Fleet>, { warn }: LoadFleetOptions): Fleet {
  if (!result.ok) throw fleetInvalid(result.issues);
  for (const issue of result.warnings) warn(renderIssue(withoutSeverity(issue)));
  return result.value;
}

// Whoever prints it says already that it is a warning.
function withoutSeverity(issue: Issue): Issue {
  return { ...issue, severity: "error" };
}

function lockOnce(ref: string, { services, nix, signal, warn }: LoadFleetOptions): () => Promise<LockedFlake> {
  let locked: Promise<LockedFlake> | undefined;
  const lock = async (): Promise<LockedFlake> => {
    const flake = await services.lockFlake(ref, nix, { signal });
    // Whatever is done with the flake says itself that there are uncommitted changes.
    for (const text of flake.warnings) if (!(flake.dirty && /^Git tree .* is dirty$/.test(text))) warn(text);
    return flake;
  };
  return () => (locked ??= lock());
}

function noFlake(directory: string): () => Promise<LockedFlake> {
  return async () => {
    throw new FlurryError("FLURRY_FLAKE_NOT_FOUND", `there is no flake.nix in ${directory}`, {
      hint: "the systems of the fleet come from a flake.nix beside the fleet file",
    });
  };
}

function isPath(flake: string): boolean {
  return /^(?:\.{1,2}(?:\/|$)|\/)/.test(flake) && !flake.includes("?");
}

function displayPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near.startsWith("..") || isAbsolute(near) ? path : near;
}
