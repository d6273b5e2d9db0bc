import { abortReason, FlurryError, sleep } from "@flurry/core";
import { assignWaves } from "@flurry/schema";
import type { Host, Rollout, Wave } from "@flurry/schema";

import { checkHealth } from "../health/check-health.ts";
import type { RunContext } from "../run-context.ts";
import type { ReadyHost } from "./roll-out.ts";
import type { VerdictBoard } from "./verdict-board.ts";

/** What lies behind a wave. */
export interface Gate {
  readonly wave: Wave;
  /** The hosts of the wave. */
  readonly members: readonly ReadyHost[];
  /** How many hosts are still to come. */
  readonly left: number;
  readonly board: VerdictBoard;
}

/** `unhealthy`: hosts of the wave have got verdicts that say so; `refused`: nobody agreed to go on. */
export type GateResult = "open" | "unhealthy" | "refused";

/**
 * What a wave asks for before the next one begins: a pause, its hosts' health once more, a person's agreement. The health is
 * checked behind the last wave too.
 */
export async function passGate(gate: Gate, context: RunContext): Promise<GateResult> {
  const { wave, left } = gate;
  if (wave.pauseMs > 0 && (left > 0 || wave.health === true)) await pause(gate, context);
  if (wave.health === true && (await sickHosts(gate, context)) > 0) return "unhealthy";
  if (wave.ask === true && left > 0 && context.drain?.aborted !== true) return await askWhether(gate, context);
  return "open";
}

/**
 * Refuses a run that would have to ask in its middle where nobody can answer.
 *
 * @throws FlurryError FLURRY_USAGE
 */
export function requireSomeoneToAsk(rollout: Rollout, hosts: readonly Host[], { ask }: RunContext): void {
  const asking = assignWaves(rollout, hosts)
    .slice(0, -1)
    .find(({ wave }) => wave.ask === true);
  if (asking === undefined || ask !== undefined) return;
  throw new FlurryError(
    "FLURRY_USAGE",
    `the rollout asks after the wave ${asking.wave.name}, and there is no terminal`,
    {
      hint: "--yes agrees to every wave",
    },
  );
}

/** Ends early when the run is asked to start nothing new: what is left is then skipped anyway. */
async function pause({ wave }: Gate, { emit, signal, drain, now = Date.now }: RunContext): Promise<void> {
  emit({ kind: "gate", wave: wave.name, state: "pausing", until: now() + wave.pauseMs });
  const either = drain === undefined ? signal : AbortSignal.any([signal, drain]);
  await sleep(wave.pauseMs, either).catch(() => {});
  if (signal.aborted) throw abortReason(signal, "the pause between two waves");
}

/** Checks the hosts that the wave has changed, and tells of those that are not well any more. */
async function sickHosts({ wave, members, board }: Gate, { emit, signal, ssh }: RunContext): Promise<number> {
  emit({ kind: "gate", wave: wave.name, state: "checking" });
  const changed = members.filter(({ link }) => board.get(link.host.name)?.status === "deployed");
  const results = await Promise.all(
    changed.map(async ({ link, candidate, facts }) => {
      try {
        await checkHealth(link, { signal, env: ssh.env });
        return true;
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        const error = sickness(FlurryError.from(thrown), wave);
        board.settle(link.host.name, { status: "failed", after: candidate, failedUnits: [], error }, facts.current);
        return false;
      }
    }),
  );
  return results.filter((healthy) => !healthy).length;
}

function sickness(error: FlurryError, { name }: Wave): FlurryError {
  return new FlurryError("FLURRY_HEALTH_FAILED", `after the wave ${name}: ${error.message}`, {
    cause: error,
    hint: "The host is on its new system. See `health` of the host and of the wave in the fleet file.",
  });
}

async function askWhether({ wave, left }: Gate, { emit, ask }: RunContext): Promise<GateResult> {
  emit({ kind: "gate", wave: wave.name, state: "asking" });
  const hosts = left === 1 ? "the 1 host that is left" : `the ${left} hosts that are left`;
  return (await ask?.(`The wave ${wave.name} is done. Go on with ${hosts}?`)) === true ? "open" : "refused";
}
