import { FlurryError } from "@flurry/core";
import type { FlurryErrorJson, StorePath } from "@flurry/core";
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
import { readHistory } from "./host-history.ts";
import type { HostHistory } from "./host-history.ts";
import { requireWhole, rollbackTarget } from "./rollback-target.ts";
import type { RollbackTarget, RollbackWish } from "./rollback-target.ts";

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
  readonly error?: FlurryErrorJson;
}

/** How a rollback ended. */
export interface RollbackReport extends RunReport {
  /** One for each selected host, in their order. */
  readonly moves: readonly RollbackMove[];
}

/** What the hosts would go back to. Changes nothing on them. */
export async function planRollback(
  { hosts, to }: Pick<RollbackRequest, "hosts" | "to">,
  context: RunContext,
): Promise<readonly RollbackMove[]> {
  await using links = openLinks(hosts, context.ssh);
  const moves = new Map<string, RollbackMove>();
  await eachHost(links.all, askLimit, async (link) => {
    const { name: host } = link.host;
    moves.set(
      host,
      await lookBack(link, to, context).then(
        (way) => moveOf(host, way),
        (error: unknown) => ({ host, error: FlurryError.from(error).withHost(host).toJSON() }),
      ),
    );
  });
  return hosts.flatMap(({ name }) => moves.get(name) ?? []);
}

/**
 * Takes hosts back to an earlier generation under the same protocol as any deployment: a system that cuts the host off
 * is left again. Nothing is evaluated, built or copied. Failures of hosts are verdicts, not exceptions.
 */
export async function rollbackFleet(request: RollbackRequest, context: RunContext): Promise<RollbackReport> {
  requireSomeoneToAsk(request.rollout, request.hosts, context);
  const startedAt = performance.now();
  const { runId, hosts, rollout, parallel, to } = request;
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
      const way = await lookBack(link, to, context);
      const move = moveOf(host, way);
      moves.set(host, move);
      emit({
        kind: "log",
        host,
        stage: "preflight",
        level: "info",
        line: `from ${told(move.from)} to ${told(move.to)}`,
      });
      const { facts } = way.history;
      if (isAlreadyThere("switch", way.target.system, facts)) board.settle(host, unchanged(facts), facts.current);
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

/** A host's way back. */
interface Way {
  readonly history: HostHistory;
  readonly target: RollbackTarget;
}

async function lookBack(link: HostLink, wish: RollbackWish, { signal }: RunContext): Promise<Way> {
  const { name } = link.host;
  const history = await readHistory(link, { wanted: wish, signal });
  const target = rollbackTarget(history, wish, name);
  // Which generation is the last confirmed one is only known now.
  const asked = wish === undefined ? await readHistory(link, { wanted: target.system, signal }) : history;
  requireWhole(target, asked, name);
  return { history, target };
}

function readyFor(link: HostLink, { history, target }: Way): ReadyHost {
  const { system: candidate, generation } = target;
  return { link, facts: history.facts, candidate, ...(generation === undefined ? {} : { generation }) };
}

function moveOf(host: string, { history: { facts }, target }: Way): RollbackMove {
  const { current, profile, generation } = facts;
  const isCommitted = current === profile && generation !== undefined;
  return { host, from: { system: current, ...(isCommitted ? { generation } : {}) }, to: target };
}

function told(end: RollbackEnd | undefined): string {
  if (end === undefined) return "?";
  return end.generation === undefined ? end.system : `generation ${end.generation} (${end.system})`;
}
