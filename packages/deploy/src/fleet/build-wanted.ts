import { FlurryError } from "@flurry/core";
import { readClosures } from "@flurry/nix";

import type { HostFacts } from "../host/facts.ts";
import type { HostLink } from "../host/host-link.ts";
import type { RunContext } from "../run-context.ts";
import type { WantedSystem } from "./prepare.ts";
import type { ReadyHost } from "./roll-out.ts";
import type { VerdictBoard } from "./verdict-board.ts";

/** A host that is to get a new system. */
export interface PendingHost {
  readonly link: HostLink;
  readonly system: WantedSystem;
  readonly facts: HostFacts;
}

/** Builds the systems of all hosts at once. Hosts whose system does not build get their verdict; the others are returned. */
export async function buildWanted(
  pending: readonly PendingHost[],
  {
    board,
    context,
    rootsDirectory,
  }: { readonly board: VerdictBoard; readonly context: RunContext; readonly rootsDirectory: string | undefined },
): Promise<readonly ReadyHost[]> {
  if (pending.length === 0) return [];
  const requests = pending.map(({ link, system }) => ({ host: link.host.name, ...system }));
  const options = {
    signal: context.signal,
    ...(rootsDirectory === undefined ? {} : { outLinkDirectory: rootsDirectory }),
  };
  const results = await context.pool.build(requests, options);
  const byHost = new Map(results.map((result) => [result.host, result]));
  const closures = await readClosures(
    results.flatMap((result) => (result.status === "built" ? [result.outPath] : [])),
    context.nix,
    { signal: context.signal },
  ).catch((error: unknown) => FlurryError.from(error));
  return pending.flatMap(({ link, facts }) => {
    const { name } = link.host;
    const result = byHost.get(name);
    if (result?.status === "built" && !(closures instanceof FlurryError))
      return [{ link, facts, candidate: result.outPath, closure: closures.closureOf(result.outPath) }];
    if (result?.status === "built") board.fail(name, closures, { stage: "copy", before: facts.current });
    else
      board.fail(name, result?.error ?? new Error("nix said nothing of this host"), {
        stage: "build",
        before: facts.current,
      });
    return [];
  });
}
