import { FlurryError } from "@flurry/core";
import type { StorePath } from "@flurry/core";

import { buildSystems } from "../build/build-systems.ts";
import type { DeployRequest } from "../deploy.ts";
import { copyClosure } from "../host/copy.ts";
import type { HostLink } from "../host/host-link.ts";
import { RemoteRun } from "../host/remote-run.ts";
import { stage } from "../host/stage.ts";
import type { RunContext } from "../run-context.ts";
import { buildWanted } from "./build-wanted.ts";
import { eachHost } from "./each-host.ts";
import { evaluateHosts, prepare } from "./prepare.ts";
import type { ReadyHost } from "./roll-out.ts";
import type { VerdictBoard } from "./verdict-board.ts";

/** What the hosts of a run share. */
export interface Delivery {
  readonly request: DeployRequest;
  readonly links: readonly HostLink[];
  readonly board: VerdictBoard;
}

/** The goal `build`: the systems of the hosts are built, and no host is asked anything that does not build for others. */
export async function buildOnly({ request, links, board }: Delivery, context: RunContext): Promise<void> {
  const { flake, hosts, fleetHosts = hosts, rootsDirectory } = request;
  const wanted = await evaluateHosts(
    links.map(({ host }) => host),
    { flake, board, context },
  );
  const systems = links.flatMap(({ host }) => {
    const system = wanted.get(host.name);
    return system === undefined || board.has(host.name) ? [] : [{ ...system, host }];
  });
  const options = rootsDirectory === undefined ? {} : { outLinkDirectory: rootsDirectory };
  for (const result of await buildSystems({ systems, fleetHosts, options }, context)) {
    if (result.status === "built")
      board.settle(result.host, { status: "unchanged", failedUnits: [], note: `built ${result.outPath}` }, undefined);
    else board.fail(result.host, result.error, { stage: "build" });
  }
}

/** The goal `push`: the systems are built and brought to the stores of their hosts, where a GC root keeps them. */
export async function pushOnly({ request, links, board }: Delivery, context: RunContext): Promise<void> {
  const { flake, hosts, fleetHosts = hosts, rootsDirectory, parallel } = request;
  const { wanted, facts } = await prepare(links, { flake, board, context });
  const pending = links.flatMap((link) => {
    const [system, fact] = [wanted.get(link.host.name), facts.get(link.host.name)];
    return system === undefined || fact === undefined || board.has(link.host.name)
      ? []
      : [{ link, system, facts: fact }];
  });
  const ready = await buildWanted(pending, { board, context, fleetHosts, rootsDirectory });
  await eachHost(ready, parallel, async (host) => {
    const { link, candidate, facts: fact } = host;
    const { name } = link.host;
    try {
      if (context.drain?.aborted === true)
        throw new FlurryError("FLURRY_ABORTED", "the run was asked to stop before this host began");
      await push(host, request, context);
      const note = `has ${candidate} in its store`;
      board.settle(name, { status: "unchanged", after: fact.current, failedUnits: [], note }, fact.current);
    } catch (error) {
      board.fail(name, error, { stage: "copy", before: fact.current });
    }
  });
}

async function push(
  { link, candidate, closure, facts }: ReadyHost,
  { runId }: DeployRequest,
  context: RunContext,
): Promise<void> {
  const run = new RemoteRun(link, runId);
  const what = closure === undefined ? { candidate } : { candidate, closure };
  await copyClosure(run, what, { context, freeBytes: facts.storeFreeBytes });
  await stage(context.emit, { host: link.host.name, stage: "arm", note: "pinning" }, () =>
    pinPushed(link, candidate, context),
  );
}

/** The last system that was pushed stays until another one is, or until `flurry gc` finds it in a generation. */
async function pinPushed(link: HostLink, system: StorePath, { signal }: RunContext): Promise<void> {
  const words = ["ln", "-sfn", system, "/nix/var/nix/gcroots/pushed-by-flurry"];
  const { exitCode, stderr } = await link.run(words, { signal, timeoutMs: 30_000 });
  if (exitCode === 0) return;
  throw new FlurryError("FLURRY_REMOTE_COMMAND_FAILED", "the system was copied but could not be kept from collection", {
    host: link.host.name,
    details: stderr,
  });
}
