import { drvPath, FlurryError, isStorePath, storePath } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import { pathInfos, readClosures } from "@flurry/nix";
import type { LockedFlake } from "@flurry/nix";
import type { Host, Rollout } from "@flurry/schema";

import type { RunReport } from "../deploy.ts";
import { exitCodeOf } from "../exit-code.ts";
import { unchanged } from "../fleet/already-there.ts";
import { buildWanted, closureOf, readyHost } from "../fleet/build-wanted.ts";
import type { PendingHost } from "../fleet/build-wanted.ts";
import { eachHost } from "../fleet/each-host.ts";
import { requireSomeoneToAsk } from "../fleet/gate.ts";
import { openLinks } from "../fleet/open-links.ts";
import { pendingHost, withoutWhatIsThere } from "../fleet/pending-host.ts";
import { askHosts, evaluateHosts } from "../fleet/prepare.ts";
import type { Prepared, Wanted } from "../fleet/prepare.ts";
import { rollOut } from "../fleet/roll-out.ts";
import type { ReadyHost } from "../fleet/roll-out.ts";
import { isUnreachable, VerdictBoard } from "../fleet/verdict-board.ts";
import type { ActivationGoal } from "../goal.ts";
import type { HostLink } from "../host/host-link.ts";
import { isDone } from "../journal/run-record.ts";
import type { RunHost, RunRecord } from "../journal/run-record.ts";
import { keyMakerOf } from "../keys/key-maker.ts";
import type { KeyPlace, MakeKeys } from "../keys/key-maker.ts";
import { mustReboot } from "../reboot/reboot-wish.ts";
import type { RebootWish } from "../reboot/reboot-wish.ts";
import type { RunContext } from "../run-context.ts";
import { recoverHost } from "./recover-host.ts";

/** How many hosts are asked what became of the run at the same time. */
const askLimit = 16;

/** Which run to go on with. */
export interface ResumeRequest {
  /** Names this run; what it goes on with is `earlier.runId`. */
  readonly runId: string;
  readonly earlier: RunRecord;
  /** The runs that the earlier one went on with, the newest first: hosts may still know one of them. */
  readonly before?: readonly string[];
  /** Every host of the fleet: some may build for others. */
  readonly fleetHosts: readonly Host[];
  /** The hosts of the earlier run as the fleet describes them now, in its order. */
  readonly hosts: readonly Host[];
  readonly rollout: Rollout;
  readonly goal: ActivationGoal;
  readonly parallel: number;
  /** Bring hosts their keys, made in this directory; they get none unless given. */
  readonly keys?: KeyPlace;
  /** Reboot hosts once they are deployed, as in the earlier run; never unless given. */
  readonly reboot?: RebootWish;
  /** Where links to systems go that have yet to be built. */
  readonly rootsDirectory?: string;
}

/**
 * Goes on with a run whose deployer died or was stopped. Hosts that it deployed are left alone, hosts that wait for a
 * verdict are asked and followed to it, and all others are deployed with the very systems of that run.
 * Failures of hosts are verdicts, not exceptions.
 *
 * @throws FlurryError FLURRY_RUN_NOT_RESUMABLE when the source of what was not evaluated yet is gone
 */
export async function resumeFleet(request: ResumeRequest, context: RunContext): Promise<RunReport> {
  requireSomeoneToAsk(request.rollout, request.hosts, context);
  const startedAt = performance.now();
  const { runId, earlier, hosts, rollout, goal, parallel, reboot } = request;
  const { emit } = context;
  const names = hosts.map(({ name }) => name);
  emit({ kind: "run-started", runId, command: "resume", goal, source: earlier.source, hosts: names });
  const board = new VerdictBoard(hosts, emit);
  await using links = openLinks(hosts, context.ssh);
  const known = new Map(earlier.hosts.map((host) => [host.host, host]));
  const cameFrom = new Map<string, number>();
  // Whoever goes on with this run needs to know what it knew.
  for (const { host, planned } of earlier.hosts) if (planned !== undefined) emit({ kind: "planned", host, ...planned });
  leaveAlone(links.all, known, board);
  const makeKeys = keyMakerOf(request, { flake: () => sourceOf(earlier, context), hosts }, context);
  const resumption = { known, cameFrom, board, request, context, makeKeys };
  await recoverHosts(links.all, resumption);
  const open = links.all.filter(({ host }) => !board.has(host.name));
  const made = await makeReady(open, resumption);
  const ready = made.map((host) => {
    const generation = cameFrom.get(host.link.host.name);
    return generation === undefined ? host : { ...host, cameFrom: generation };
  });
  const wishes = { ...(makeKeys === undefined ? {} : { makeKeys }), ...(reboot === undefined ? {} : { reboot }) };
  await rollOut({ runId, goal, rollout, parallel, ready, board, ...wishes }, context);
  const verdicts = board.all();
  const exitCode = exitCodeOf(verdicts);
  const durationMs = performance.now() - startedAt;
  emit({ kind: "run-finished", runId, exitCode, durationMs });
  return { runId, verdicts, exitCode, durationMs };
}

interface Resumption {
  readonly known: ReadonlyMap<string, RunHost>;
  /** The generations that hosts had before the earlier run, of those that have yet to reboot. */
  readonly cameFrom: Map<string, number>;
  readonly board: VerdictBoard;
  readonly request: ResumeRequest;
  readonly context: RunContext;
  readonly makeKeys: MakeKeys | undefined;
}

function leaveAlone(links: readonly HostLink[], known: ReadonlyMap<string, RunHost>, board: VerdictBoard): void {
  for (const { host } of links) {
    const record = known.get(host.name);
    const { after, generation } = record?.verdict ?? {};
    if (record === undefined || !isDone(record)) continue;
    board.settle(
      host.name,
      {
        status: "unchanged",
        failedUnits: [],
        ...(after !== undefined && isStorePath(after) ? { after } : {}),
        ...(generation === undefined ? {} : { generation }),
      },
      undefined,
    );
  }
}

/** Brings to its end what the earlier run has begun on hosts. */
async function recoverHosts(links: readonly HostLink[], resumption: Resumption): Promise<void> {
  const { known, cameFrom, board, request, context, makeKeys } = resumption;
  const { earlier, goal } = request;
  const reboots = request.reboot !== undefined;
  // Only a host that was to get a system can have begun.
  const asked = links.flatMap((link) => {
    const planned = known.get(link.host.name)?.planned;
    return planned === undefined || board.has(link.host.name) ? [] : [{ link, planned }];
  });
  await eachHost(asked, askLimit, async ({ link, planned }) => {
    const host = link.host.name;
    const before = storePath(planned.before);
    try {
      const keys = (await makeKeys?.(link.host)) ?? [];
      const job = { goal, before, candidate: storePath(planned.outPath), operator: context.operator, keys };
      for (const runId of [earlier.runId, ...(request.before ?? [])]) {
        const recovery = await recoverHost(link, { runId, ...job, reboots }, context);
        if (recovery.kind === "settled") return board.settle(host, recovery.outcome, before);
        if (recovery.cameFrom !== undefined) return void cameFrom.set(host, recovery.cameFrom);
      }
    } catch (error) {
      if (link.host.deploy.unreachable === "skip" && isUnreachable(error)) board.leaveOut(host, error);
      else board.fail(host, error, { stage: "preflight", before });
    }
  });
}

/** What has yet to be deployed: with the systems of the earlier run, evaluated and built where it had not come to that. */
async function makeReady(links: readonly HostLink[], resumption: Resumption): Promise<readonly ReadyHost[]> {
  if (links.length === 0) return [];
  const { board, context, request } = resumption;
  const [wanted, facts] = await Promise.all([wantedOf(links, resumption), askHosts(links, { board, context })]);
  const pending = links.flatMap((link) => stillPending(link, { wanted, facts }, resumption));
  const built = await inStore(pending.flatMap(outPaths), context);
  const { fleetHosts, rootsDirectory } = request;
  const isBuilt = (host: PendingHost): boolean => outPaths(host).every((path) => built.has(path));
  const toBuild = pending.filter((host) => !isBuilt(host));
  const rest = await buildWanted(toBuild, { board, context, fleetHosts, rootsDirectory });
  const closures = await readClosures([...built], context.nix, { signal: context.signal });
  const ready = pending.filter(isBuilt).map((host) => {
    const closure = closureOf(outPaths(host), closures);
    return { ...readyHost(host), closure };
  });
  return [...ready, ...rest];
}

function outPaths({ system, profiles }: PendingHost): readonly StorePath[] {
  return [...(system === undefined ? [] : [system.outPath]), ...profiles.map(({ candidate }) => candidate)];
}

/** The systems of the earlier run, as far as this machine still has them; everything else by the earlier run's source. */
async function wantedOf(links: readonly HostLink[], { known, board, request, context }: Resumption): Promise<Wanted> {
  const planned = links.flatMap(({ host }) => {
    const plan = known.get(host.name)?.planned;
    return plan === undefined
      ? []
      : [[host.name, { drvPath: drvPath(plan.drvPath), outPath: storePath(plan.outPath) }] as const];
  });
  const valid = await inStore(
    planned.flatMap(([, { drvPath: drv, outPath }]) => [drv, outPath]),
    context,
  );
  const usable = new Map(planned.filter(([, { drvPath: drv, outPath }]) => valid.has(drv) || valid.has(outPath)));
  const rest = links.flatMap(({ host }): readonly Host[] => {
    if (!usable.has(host.name)) return [host];
    return host.profiles === undefined ? [] : [{ ...host, keepsSystem: true }];
  });
  if (rest.length === 0) return { systems: usable, profiles: new Map() };
  const flake = await sourceOf(request.earlier, context);
  const { systems, profiles } = await evaluateHosts(rest, { flake, board, context });
  return { systems: new Map([...usable, ...systems]), profiles };
}

async function sourceOf({ runId, header }: RunRecord, context: RunContext): Promise<LockedFlake> {
  const flake = header?.flake;
  if (flake !== undefined && (await inStore([flake.storePath], context)).has(flake.storePath)) return flake;
  throw new FlurryError("FLURRY_RUN_NOT_RESUMABLE", `the source of run ${runId} is not in this machine's store`, {
    hint: "Deploy again instead; hosts that run their system already are left alone.",
  });
}

async function inStore(paths: readonly StorePath[], { nix, signal }: RunContext): Promise<ReadonlySet<StorePath>> {
  return new Set((await pathInfos(paths, nix, { signal })).keys());
}

function stillPending(
  link: HostLink,
  prepared: Prepared,
  { known, board, request, context }: Resumption,
): readonly PendingHost[] {
  const host = link.host.name;
  const pending = board.has(host) ? undefined : pendingHost(link, prepared, request.goal);
  if (pending === undefined) return [];
  const { facts: fact } = pending;
  const mustGoOn = pending.system !== undefined && mustReboot(request.reboot, pending.facts, pending.system.outPath);
  const left = mustGoOn ? pending : withoutWhatIsThere(pending, request.goal);
  if (left === undefined) {
    board.settle(host, unchanged(fact), fact.current);
    return [];
  }
  const { system } = left;
  if (system === undefined) return [left];
  const before = known.get(host)?.planned?.before;
  if (before !== undefined && fact.current !== before && fact.current !== system.outPath) {
    const message = `the host runs ${fact.current}, which is neither what it ran when the run began nor what the run wants`;
    const hint = "Someone else deployed to it since then: look with `flurry status`, then deploy again.";
    board.fail(host, new FlurryError("FLURRY_HOST_MOVED", message, { hint }), { stage: "preflight" });
    return [];
  }
  if (before === undefined)
    context.emit({ kind: "planned", host, before: fact.current, drvPath: system.drvPath, outPath: system.outPath });
  return [left];
}
