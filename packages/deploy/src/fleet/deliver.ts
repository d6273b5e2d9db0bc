import { FlurryError } from "@flurry/core";
import type { StorePath } from "@flurry/core";

import { buildRequests, hostBuild } from "../build/build-requests.ts";
import type { HostToBuild } from "../build/build-requests.ts";
import { buildSystems } from "../build/build-systems.ts";
import type { DeployRequest } from "../deploy.ts";
import { copyClosure } from "../host/copy.ts";
import type { HostLink } from "../host/host-link.ts";
import { RemoteRun } from "../host/remote-run.ts";
import { stage } from "../host/stage.ts";
import type { RunContext } from "../run-context.ts";
import { buildWanted } from "./build-wanted.ts";
import { eachHost } from "./each-host.ts";
import { pendingHost } from "./pending-host.ts";
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
  const toBuild = links.flatMap(({ host }): readonly HostToBuild[] => {
    const [system, profiles = []] = [wanted.systems.get(host.name), wanted.profiles.get(host.name)];
    return board.has(host.name) ? [] : [{ host, system, profiles }];
  });
  const options = rootsDirectory === undefined ? {} : { outLinkDirectory: rootsDirectory };
  const systems = toBuild.flatMap(buildRequests);
  const results = await buildSystems({ systems, fleetHosts, options }, context);
  for (const host of toBuild) {
    const built = hostBuild(host, results);
    const { name } = host.host;
    if (built.status === "failed") board.fail(name, built.error, { stage: "build" });
    else
      board.settle(
        name,
        { status: "unchanged", failedUnits: [], note: `built ${built.outPaths.join(", ")}` },
        undefined,
      );
  }
}

/** The goal `push`: the systems are built and brought to the stores of their hosts, where a GC root keeps them. */
export async function pushOnly({ request, links, board }: Delivery, context: RunContext): Promise<void> {
  const { flake, hosts, fleetHosts = hosts, rootsDirectory, parallel } = request;
  const prepared = await prepare(links, { flake, board, context });
  const pending = links.flatMap((link) => {
    const host = board.has(link.host.name) ? undefined : pendingHost(link, prepared, "push");
    return host === undefined ? [] : [host];
  });
  const ready = await buildWanted(pending, { board, context, fleetHosts, rootsDirectory });
  await eachHost(ready, parallel, async (host) => {
    const { link, facts: fact } = host;
    const { name } = link.host;
    try {
      if (context.drain?.aborted === true)
        throw new FlurryError("FLURRY_ABORTED", "the run was asked to stop before this host began");
      await push(host, request, context);
      const note = `has ${pushed(host).join(", ")} in its store`;
      board.settle(name, { status: "unchanged", after: fact.current, failedUnits: [], note }, fact.current);
    } catch (error) {
      board.fail(name, error, { stage: "copy", before: fact.current });
    }
  });
}

async function push(ready: ReadyHost, { runId }: DeployRequest, context: RunContext): Promise<void> {
  const { link, candidate, facts, keepsSystem, profiles = [] } = ready;
  await copyClosure(new RemoteRun(link, runId), ready, { context, freeBytes: facts.storeFreeBytes });
  await stage(context.emit, { host: link.host.name, stage: "arm", note: "pinning" }, async () => {
    if (keepsSystem !== true) await pinPushed(link, candidate, { name: "", context });
    for (const { profile, candidate: path } of profiles)
      await pinPushed(link, path, { name: `-${profile.name}`, context });
  });
}

function pushed({ candidate, keepsSystem, profiles = [] }: ReadyHost): readonly StorePath[] {
  return [...(keepsSystem === true ? [] : [candidate]), ...profiles.map((profile) => profile.candidate)];
}

/** The last system that was pushed stays until another one is, or until `flurry gc` finds it in a generation. */
async function pinPushed(
  link: HostLink,
  path: StorePath,
  { name, context }: { readonly name: string; readonly context: RunContext },
): Promise<void> {
  const words = ["ln", "-sfn", path, `/nix/var/nix/gcroots/pushed-by-flurry${name}`];
  const { exitCode, stderr } = await link.run(words, { signal: context.signal, timeoutMs: 30_000 });
  if (exitCode === 0) return;
  throw new FlurryError("FLURRY_REMOTE_COMMAND_FAILED", "the system was copied but could not be kept from collection", {
    host: link.host.name,
    details: stderr,
  });
}
