import type { DrvPath } from "@flurry/core";

import type { BuildRequest } from "./build-request.ts";

/** Which hosts need which derivation. */
export interface Attribution {
  /** The hosts that need a derivation, in the order of the requests; none for one that nobody asked for. */
  readonly hostsOf: (drvPath: string) => readonly string[];
  /** How many of these derivations a host needs. */
  readonly count: (host: string, drvPaths: Iterable<string>) => number;
}

/**
 * Attributes derivations to hosts.
 *
 * @param closures - for each requested derivation all that it needs, itself included. Where it is missing, the request's own derivation is all that is known.
 */
export function attribution(
  requests: readonly BuildRequest[],
  closures: ReadonlyMap<DrvPath, ReadonlySet<string>>,
): Attribution {
  // Everything belongs to the one who asks when all ask for the same.
  const single = new Set(requests.map(({ drvPath }) => drvPath)).size === 1;
  const needs = ({ drvPath }: BuildRequest, wanted: string): boolean =>
    single || wanted === drvPath || closures.get(drvPath)?.has(wanted) === true;
  const memo = new Map<string, readonly string[]>();
  const hostsOf = (drvPath: string): readonly string[] => {
    const known = memo.get(drvPath) ?? requests.filter((request) => needs(request, drvPath)).map(({ host }) => host);
    memo.set(drvPath, known);
    return known;
  };
  return {
    hostsOf,
    count: (host, drvPaths) => [...drvPaths].filter((drvPath) => hostsOf(drvPath).includes(host)).length,
  };
}
