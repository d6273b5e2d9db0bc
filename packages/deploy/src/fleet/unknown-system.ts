import { FlurryError } from "@flurry/core";

import type { PendingHost } from "./build-wanted.ts";

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
