import { FlurryError } from "@flurry/core";
import type { Emit, FlurryErrorJson, StorePath } from "@flurry/core";
import type { Host, Rollout } from "@flurry/schema";

import type { RunReport } from "../deploy.ts";
import { exitCodeOf } from "../exit-code.ts";
import { isAlreadyThere, unchanged } from "../fleet/already-there.ts";
import { eachHost } from "../fleet/each-host.ts";
import { requireSomeoneToAsk } from "../fleet/gate.ts";
import { openLinks } from "../fleet/open-links.ts";
import { rollOut } from "../fleet/roll-out.ts";
import type { ReadyHost } from "../fleet/roll-out.ts";
import { isUnreachable, VerdictBoard } from "../fleet/verdict-board.ts";
import type { HostLink } from "../host/host-link.ts";
import type { RunContext } from "../run-context.ts";
import type { ProfileMove } from "./profiles-then.ts";
import { lookBack } from "./way-back.ts";
import type { BackWish, Way } from "./way-back.ts";

/** How many hosts are asked for their generations at the same time. */
const askLimit = 16;

/** Which hosts to take back, and to what. */
export interface RollbackRequest {
  /** Names the run in events, journal and on the hosts; see `newRunId`. */
  readonly runId: string;
  /** The selected hosts, at least one. */
  readonly hosts: readonly Host[];
  readonly rollout: Rollout;
  readonly parallel: number;
  /** A generation's number or a system; the last confirmed generation before the current one when absent. */
  readonly to?: number | StorePath;
  /**
   * The profiles that are to go back, by host, `system` among them if it is. Hosts that are missing go back with all the
   * profiles that they had with the system.
   */
  readonly chosen?: ReadonlyMap<string, ReadonlySet<string>>;
}

/** One of the two ends of a way back. */
export interface RollbackEnd {
  readonly generation?: number;
  readonly system: StorePath;
}

/** Where a host goes back from and to, or why it cannot. */
export interface RollbackMove {
  readonly host: string;
  readonly from?: RollbackEnd;
  readonly to?: RollbackEnd;
  /** The profiles beside the system that go back with it, or that do not although they may belong to another one. */
  readonly profiles?: readonly ProfileMove[];
  readonly error?: FlurryErrorJson;
}

/** How a rollback ended. */
export interface RollbackReport extends RunReport {
  /** One for each selected host, in their order. */
  readonly moves: readonly RollbackMove[];
}

/** What the hosts would go back to. Changes nothing on them. */
export async function planRollback(
  request: Pick<RollbackRequest, "hosts" | "to" | "chosen">,
  context: RunContext,
): Promise<readonly RollbackMove[]> {
  const { hosts } = request;
  await using links = openLinks(hosts, context.ssh);
  const moves = new Map<string, RollbackMove>();
  await eachHost(links.all, askLimit, async (link) => {
    const { name: host } = link.host;
    moves.set(
      host,
      await lookBack(link, wishFor(host, request), context.signal).then(
        (way) => moveOf(host, way),
        (error: unknown) => ({ host, error: FlurryError.from(error).withHost(host).toJSON() }),
      ),
    );
  });
  return hosts.flatMap(({ name }) => moves.get(name) ?? []);
}

function wishFor(host: string, { to, chosen }: Pick<RollbackRequest, "to" | "chosen">): BackWish {
  return { to, chosen: chosen?.get(host) };
}

/**
 * Takes hosts back to an earlier generation under the same protocol as any deployment: a system that cuts the host off
 * is left again. Nothing is evaluated, built or copied. Failures of hosts are verdicts, not exceptions.
 */
export async function rollbackFleet(request: RollbackRequest, context: RunContext): Promise<RollbackReport> {
  requireSomeoneToAsk(request.rollout, request.hosts, context);
  const startedAt = performance.now();
  const { runId, hosts, rollout, parallel } = request;
  const { emit } = context;
  const names = hosts.map(({ name }) => name);
  emit({ kind: "run-started", runId, command: "rollback", goal: "switch", source: "", hosts: names });
  const board = new VerdictBoard(hosts, emit);
  await using links = openLinks(hosts, context.ssh);
  const moves = new Map<string, RollbackMove>();
  const ready: ReadyHost[] = [];
  await eachHost(links.all, askLimit, async (link) => {
    const host = link.host.name;
    try {
      const way = await lookBack(link, wishFor(host, request), context.signal);
      const move = moveOf(host, way);
      moves.set(host, move);
      tell(move, emit);
      const { facts } = way.history;
      if (isThere(way)) board.settle(host, unchanged(facts), facts.current);
      else ready.push(readyFor(link, way));
    } catch (error) {
      moves.set(host, { host, error: FlurryError.from(error).withHost(host).toJSON() });
      if (link.host.deploy.unreachable === "skip" && isUnreachable(error)) board.leaveOut(host, error);
      else board.fail(host, error, { stage: "preflight" });
    }
  });
  await rollOut({ runId, goal: "switch", rollout, parallel, ready, board }, context);
  const verdicts = board.all();
  const exitCode = exitCodeOf(verdicts);
  const durationMs = performance.now() - startedAt;
  emit({ kind: "run-finished", runId, exitCode, durationMs });
  return { runId, verdicts, exitCode, durationMs, moves: hosts.flatMap(({ name }) => moves.get(name) ?? []) };
}

/** A way of which nothing is left to be done. */
function isThere({ target, jobs, history: { facts } }: Way): boolean {
  return jobs.length === 0 && (target === undefined || isAlreadyThere("switch", target.system, facts));
}

function readyFor(link: HostLink, { history: { facts }, target, jobs }: Way): ReadyHost {
  const what = jobs.length === 0 ? {} : { profiles: jobs };
  if (target === undefined || isAlreadyThere("switch", target.system, facts))
    return { link, facts, candidate: facts.current, keepsSystem: true, ...what };
  const { system: candidate, generation } = target;
  return { link, facts, candidate, ...(generation === undefined ? {} : { generation }), ...what };
}

function moveOf(host: string, { history: { facts }, target, moves }: Way): RollbackMove {
  const { current, profile, generation } = facts;
  const isCommitted = current === profile && generation !== undefined;
  const from = { system: current, ...(isCommitted ? { generation } : {}) };
  return { host, from, to: target ?? from, ...(moves.length === 0 ? {} : { profiles: moves }) };
}

/** What the log of a host says before it goes back. */
function tell({ host, from, to, profiles = [] }: RollbackMove, emit: Emit): void {
  const line = (level: "info" | "warn", text: string): void =>
    emit({ kind: "log", host, stage: "preflight", level, line: text });
  line("info", `from ${told(from)} to ${told(to)}`);
  for (const { name, from: was, to: then, stays } of profiles)
    if (stays === undefined) line("info", `profile ${name}: from ${was?.path ?? "none"} to ${then?.path ?? "none"}`);
    else line("warn", `profile ${name} stays as it is: ${stays}`);
}

function told(end: RollbackEnd | undefined): string {
  if (end === undefined) return "?";
  return end.generation === undefined ? end.system : `generation ${end.generation} (${end.system})`;
}
