import { FlurryError } from "@flurry/core";
import { pathInfos } from "@flurry/nix";

import type { RunContext } from "../run-context.ts";
import type { PendingHost } from "./build-wanted.ts";
import type { VerdictBoard } from "./verdict-board.ts";

/**
 * Hosts that are to be left alone because nobody here knows what they run get their verdict; the others are returned.
 *
 * @param given - systems that earlier runs from here gave to hosts
 */
export async function withKnownSystems(
  hosts: readonly PendingHost[],
  { board, given }: { readonly board: VerdictBoard; readonly given: readonly string[] },
  { nix, signal }: Pick<RunContext, "nix" | "signal">,
): Promise<readonly PendingHost[]> {
  const guarded = new Set(hosts.filter(guardsUnknownSystem));
  if (guarded.size === 0) return hosts;
  const current = [...new Set([...guarded].map(({ facts }) => facts.current))];
  const here = await pathInfos(current, nix, { signal });
  const known = new Set<string>([...here.keys(), ...given]);
  return hosts.filter((host) => {
    const error = guarded.has(host) ? unknownSystem(host, known) : undefined;
    if (error === undefined) return true;
    board.fail(host.link.host.name, error, { stage: "preflight", before: host.facts.current });
    return false;
  });
}

/** Whether a host is to be left alone where nobody here knows the system that it runs. */
export function guardsUnknownSystem({ link, system, facts }: PendingHost): boolean {
  const { replaceUnknownProfiles } = link.host.deploy;
  return replaceUnknownProfiles === false && system !== undefined && facts.current !== system.outPath;
}

/**
 * What keeps a host from being deployed whose system was made elsewhere; undefined when this machine knows it.
 *
 * @param known - the systems in this machine's store, and those that earlier runs from here gave to hosts
 */
export function unknownSystem({ link, facts }: PendingHost, known: ReadonlySet<string>): FlurryError | undefined {
  if (known.has(facts.current)) return undefined;
  return new FlurryError(
    "FLURRY_HOST_UNKNOWN_SYSTEM",
    `the host runs ${facts.current}, which this machine does not know: somebody has deployed it from elsewhere`,
    {
      host: link.host.name,
      hint: "It has replaceUnknownProfiles = false. Fetch their changes first; --force-replace-unknown-profiles deploys it all the same.",
    },
  );
}
