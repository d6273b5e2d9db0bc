import { FlurryError } from "@flurry/core";
import { readClosures } from "@flurry/nix";
import type { Host } from "@flurry/schema";

import { buildSystems } from "../build/build-systems.ts";
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
  const systems = pending.map(({ link, system }) => ({ ...system, host: link.host }));
  const options = rootsDirectory === undefined ? {} : { outLinkDirectory: rootsDirectory };
  const results = await buildSystems({ systems, fleetHosts, options }, context);
  const byHost = new Map(results.map((result) => [result.host, result]));
  const closures = await readClosures(
    results.flatMap((result) => (result.status === "built" && result.isHere ? [result.outPath] : [])),
    context.nix,
    { signal: context.signal },
  ).catch((error: unknown) => FlurryError.from(error));
  return pending.flatMap(({ link, facts }) => {
    const { name } = link.host;
    const result = byHost.get(name);
    if (result?.status === "built" && !result.isHere) return [{ link, facts, candidate: result.outPath }];
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
