import type { DrvPath, StorePath } from "@flurry/core";
import type { LockedFlake } from "@flurry/nix";
import type { Host } from "@flurry/schema";

import type { HostFacts } from "../host/facts.ts";
import { readFacts } from "../host/facts.ts";
import type { HostLink } from "../host/host-link.ts";
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

/** What is known of the hosts before anything is built or changed. */
export interface Prepared {
  readonly wanted: ReadonlyMap<string, WantedSystem>;
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
): Promise<ReadonlyMap<string, WantedSystem>> {
  const wanted = new Map<string, WantedSystem>();
  const requests = hosts.map(({ name, attrPath }) => ({ host: name, attrPath }));
  const options = { ...context.evaluation, signal: context.signal };
  for await (const evaluation of context.pool.evaluate(flake, requests, options)) {
    const { host } = evaluation;
    if (evaluation.status === "ok") wanted.set(host, evaluation);
    const error = evaluation.status === "ok" ? await context.inspectSystem?.(evaluation) : evaluation.error;
    if (error !== undefined && !board.has(host)) board.fail(host, error, { stage: "evaluate" });
  }
  return wanted;
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
