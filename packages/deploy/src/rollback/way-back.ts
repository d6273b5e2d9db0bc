import { FlurryError } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import type { Host } from "@flurry/schema";

import type { HostLink } from "../host/host-link.ts";
import { profilesBack } from "../profiles/profile-changes.ts";
import type { ProfileJob, ProfileState } from "../profiles/profile-job.ts";
import { readHistory } from "./host-history.ts";
import type { HostHistory } from "./host-history.ts";
import { ends, profilesWith } from "./profiles-then.ts";
import type { ProfileMove, ProfilesBack } from "./profiles-then.ts";
import { profileTarget, requireWhole, rollbackTarget } from "./rollback-target.ts";
import type { RollbackTarget, RollbackWish } from "./rollback-target.ts";

/** How a host goes back. */
export interface Way {
  readonly history: HostHistory;
  /** Undefined where the system stays, and only profiles go back. */
  readonly target: RollbackTarget | undefined;
  readonly jobs: readonly ProfileJob[];
  readonly moves: readonly ProfileMove[];
}

/** What the user wants of a host. */
export interface BackWish {
  /** A generation or what it leads to: of the system, or of the one profile that goes back alone. */
  readonly to: RollbackWish;
  /** The profiles that the user has named, `system` among them if it is; undefined for all that went with the system. */
  readonly chosen: ReadonlySet<string> | undefined;
}

/**
 * Finds the way back of a host: its system and the profiles that were with it, or profiles alone. Changes nothing on it.
 *
 * @throws FlurryError FLURRY_GENERATION_NOT_FOUND, FLURRY_GENERATION_GONE, FLURRY_USAGE, and those of the connection
 */
export async function lookBack(link: HostLink, wish: BackWish, signal: AbortSignal): Promise<Way> {
  const { host } = link;
  const { profiles = [] } = host;
  if (goesAlone(host, wish)) {
    const history = await readHistory(link, { profiles, signal });
    const way = { history, target: undefined, ...profilesAlone(host, history, wish) };
    return await wholeWay(link, way, { wish, signal });
  }
  const history = await readHistory(link, { wanted: wish.to, profiles, signal });
  const target = rollbackTarget(history, wish.to, host.name);
  return await wholeWay(link, { history, target, ...together(target, host, { history, wish }) }, { wish, signal });
}

function goesAlone({ name, keepsSystem = false, profiles = [] }: Host, { chosen }: BackWish): boolean {
  if (chosen !== undefined) return !chosen.has("system");
  if (!keepsSystem) return false;
  if (profiles.length === 1) return true;
  throw new FlurryError("FLURRY_USAGE", "the fleet has no system for it, but several profiles", {
    host: name,
    hint: `name what is to go back: flurry rollback ${profiles.map((one) => `.#${name}.${one.name}`).join(" or ")}`,
  });
}

/** The profiles as they were with the system, as far as the host remembers and the user has not chosen otherwise. */
function together(
  { system }: RollbackTarget,
  { profiles = [] }: Host,
  { history, wish: { chosen } }: { readonly history: HostHistory; readonly wish: BackWish },
): ProfilesBack {
  const back = profilesWith(system, history);
  if (back === undefined) {
    const moves = profiles.map(({ name, user }): ProfileMove => {
      const from = stateOf(name, history);
      return { name, user, ...ends(from, undefined), stays: "what it was then is not known" };
    });
    return { jobs: [], moves };
  }
  if (chosen === undefined) return back;
  return {
    jobs: back.jobs.filter(({ profile }) => chosen.has(profile.name)),
    moves: back.moves.map(({ to, ...move }) =>
      chosen.has(move.name) ? { ...move, ...ends(move.from, to) } : { ...move, stays: "it was not asked for" },
    ),
  };
}

function profilesAlone(
  { name: host, profiles = [] }: Host,
  history: HostHistory,
  { to: wish }: BackWish,
): ProfilesBack {
  if (wish !== undefined && profiles.length > 1)
    throw new FlurryError("FLURRY_USAGE", "--to says what one profile goes back to, and several are named", { host });
  const found = profiles.map((profile) => {
    const target = profileTarget(profile.name, history, { wish, host });
    return { profile, now: stateOf(profile.name, history), target };
  });
  const jobs = found.flatMap(({ profile, now, target }): readonly ProfileJob[] =>
    now?.path === target.path ? [] : [{ profile, candidate: now?.path ?? target.path, before: target }],
  );
  const moves = found.map(({ profile: { name, user }, now, target }) => ({ name, user, ...ends(now, target) }));
  return { jobs: profilesBack(jobs), moves };
}

function stateOf(name: string, { facts }: HostHistory): ProfileState | undefined {
  return facts.profiles?.get(name);
}

/** Which generation is the last confirmed one, and what the profiles were with it, is only known after a first look. */
async function wholeWay(
  link: HostLink,
  way: Way,
  { wish, signal }: { readonly wish: BackWish; readonly signal: AbortSignal },
): Promise<Way> {
  const host = link.host.name;
  const { target, history, jobs } = way;
  const packages = jobs.map(({ candidate }) => candidate);
  const isAsked = (target === undefined || wish.to !== undefined) && packages.length === 0;
  const asked = isAsked ? history : await readHistory(link, { wanted: target?.system, packages, signal });
  if (target !== undefined) requireWhole(target, asked, host);
  for (const { profile, candidate } of jobs) requirePackage(profile.name, candidate, { history: asked, host });
  return way;
}

function requirePackage(
  profile: string,
  path: StorePath,
  { history, host }: { readonly history: HostHistory; readonly host: string },
): void {
  const lacking = history.lackingOf.get(path) ?? [];
  if (lacking.length === 0) return;
  throw new FlurryError(
    "FLURRY_GENERATION_GONE",
    `${path}, which the profile ${profile} was then, is not whole any more`,
    {
      host,
      details: lacking.map((each) => `lacking: ${each}`).join("\n"),
      hint: `Take the system back alone with \`flurry rollback .#${host}.system\`; nothing was changed.`,
    },
  );
}
