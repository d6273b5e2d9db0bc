import type { DrvPath, StorePath } from "@flurry/core";
import type { LockedFlake } from "@flurry/nix";
import type { Host, Profile } from "@flurry/schema";

import type { HostFacts } from "../host/facts.ts";
import { readFacts } from "../host/facts.ts";
import type { HostLink } from "../host/host-link.ts";
import { attributed, evaluationRequests } from "../profiles/evaluation-requests.ts";
import type { WantedProfile } from "../profiles/profile-job.ts";
import type { RunContext } from "../run-context.ts";
import { eachHost } from "./each-host.ts";
import { isUnreachable } from "./verdict-board.ts";
import type { VerdictBoard } from "./verdict-board.ts";

/** How many hosts are asked for their facts at the same time. */
const askLimit = 16;

/** The system that the flake has for a host. */
export interface WantedSystem {
  readonly drvPath: DrvPath;
  readonly outPath: StorePath;
}

/** What the flake has for hosts. */
export interface Wanted {
  /** By host; hosts that keep their system have none. */
  readonly systems: ReadonlyMap<string, WantedSystem>;
  /** By host, in the order of their activation. */
  readonly profiles: ReadonlyMap<string, readonly WantedProfile[]>;
}

/** What is known of the hosts before anything is built or changed. */
export interface Prepared {
  readonly wanted: Wanted;
  readonly facts: ReadonlyMap<string, HostFacts>;
}

/** Evaluates the systems of the hosts and asks the hosts for their facts, both at the same time. */
export async function prepare(
  links: readonly HostLink[],
  {
    flake,
    board,
    context,
  }: { readonly flake: LockedFlake; readonly board: VerdictBoard; readonly context: RunContext },
): Promise<Prepared> {
  const hosts = links.map(({ host }) => host);
  const [wanted, facts] = await Promise.all([
    evaluateHosts(hosts, { flake, board, context }),
    askHosts(links, { board, context }),
  ]);
  return { wanted, facts };
}

/** Evaluates the systems of the hosts; those that fail, or may not be deployed as they are, get their verdict. */
export async function evaluateHosts(
  hosts: readonly Host[],
  {
    flake,
    board,
    context,
  }: { readonly flake: LockedFlake; readonly board: VerdictBoard; readonly context: RunContext },
): Promise<Wanted> {
  const systems = new Map<string, WantedSystem>();
  const packages = new Map<Profile, WantedProfile>();
  const options = { ...context.evaluation, signal: context.signal };
  for await (const one of context.pool.evaluate(flake, evaluationRequests(hosts), options)) {
    const { host, profile, evaluation } = attributed(one, hosts);
    if (evaluation.status === "failed") {
      if (!board.has(host)) board.fail(host, evaluation.error, { stage: "evaluate" });
      continue;
    }
    const { drvPath, outPath } = evaluation;
    if (profile !== undefined) {
      packages.set(profile, { profile, drvPath, outPath });
      continue;
    }
    systems.set(host, evaluation);
    const error = await context.inspectSystem?.(evaluation);
    if (error !== undefined && !board.has(host)) board.fail(host, error, { stage: "evaluate" });
  }
  const profiles = new Map(
    hosts.map((host) => [host.name, (host.profiles ?? []).flatMap((profile) => packages.get(profile) ?? [])]),
  );
  return { systems, profiles };
}

/** Asks the hosts for their facts; those that cannot be asked get their verdict. */
export async function askHosts(
  links: readonly HostLink[],
  { board, context }: { readonly board: VerdictBoard; readonly context: RunContext },
): Promise<ReadonlyMap<string, HostFacts>> {
  const facts = new Map<string, HostFacts>();
  await eachHost(links, askLimit, async (link) => {
    const { name, deploy } = link.host;
    try {
      facts.set(name, await readFacts(link, context.signal));
    } catch (error) {
      if (board.has(name)) return;
      if (deploy.unreachable === "skip" && isUnreachable(error)) board.leaveOut(name, error);
      else board.fail(name, error, { stage: "preflight" });
    }
  });
  return facts;
}
