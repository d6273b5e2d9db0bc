import { FlurryError } from "@flurry/core";
import type { FleetEventBody } from "@flurry/core";
import type { NixContext, NixPool } from "@flurry/nix";
import { parseFleet } from "@flurry/schema";
import type { Fleet } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import type { RunContext } from "../run-context.ts";
import { passGate, requireSomeoneToAsk } from "./gate.ts";
import { VerdictBoard } from "./verdict-board.ts";

function fleetWith(wave: object): Fleet {
  const waves = [{ hosts: "a", ...wave }, "*"];
  const fleet = parseFleet({ hosts: { a: {}, b: {}, c: {} }, rollout: { waves } });
  if (!fleet.ok) throw new Error("the fleet is wrong");
  return fleet.value;
}

function contextWith(more: Partial<RunContext>): { readonly context: RunContext; readonly events: FleetEventBody[] } {
  const events: FleetEventBody[] = [];
  const place = { env: {}, cwd: "/" };
  const context = {
    pool: {} as NixPool,
    nix: place as NixContext,
    ssh: place,
    operator: "alice@laptop",
    emit: (event: FleetEventBody) => void events.push(event),
    signal: AbortSignal.timeout(30_000),
    ...more,
  };
  return { context, events };
}

async function passed(wave: object, more: Partial<RunContext>, left = 2) {
  const [first] = fleetWith(wave).rollout.waves;
  if (first === undefined) throw new Error("there is no wave");
  const { context, events } = contextWith(more);
  const board = new VerdictBoard([], () => {});
  const result = await passGate({ wave: first, members: [], left, board }, context);
  return { result, states: events.flatMap((event) => (event.kind === "gate" ? [event.state] : [])) };
}

const stopped = AbortSignal.abort();

describe("the gate behind a wave", () => {
  it("opens when somebody agrees, who is told what is left", async () => {
    const questions: string[] = [];
    const ask = async (question: string): Promise<boolean> => questions.push(question) > 0;
    expect(await passed({ ask: true }, { ask })).toEqual({ result: "open", states: ["asking"] });
    expect(await passed({ ask: true }, { ask }, 1)).toEqual({ result: "open", states: ["asking"] });
    expect(questions).toEqual([
      "The wave a is done. Go on with the 2 hosts that are left?",
      "The wave a is done. Go on with the 1 host that is left?",
    ]);
  });

  const no = async (): Promise<boolean> => false;
  it.each<[string, Awaited<ReturnType<typeof passed>>, Parameters<typeof passed>]>([
    ["stays shut when somebody says no", { result: "refused", states: ["asking"] }, [{ ask: true }, { ask: no }]],
    ["stays shut when nobody is there any more", { result: "refused", states: ["asking"] }, [{ ask: true }, {}]],
    ["asks nothing behind the last host", { result: "open", states: [] }, [{ ask: true }, { ask: no }, 0]],
    ["asks nothing of a run that is to stop", { result: "open", states: [] }, [{ ask: true }, { drain: stopped }]],
    ["does not pause behind the last host", { result: "open", states: [] }, [{ pause: "1h" }, {}, 0]],
    [
      "lets a run that is to stop wait no longer",
      { result: "open", states: ["pausing"] },
      [{ pause: "1h" }, { drain: stopped }],
    ],
    [
      "pauses, then looks, then asks",
      { result: "refused", states: ["pausing", "checking", "asking"] },
      [{ pause: 1, health: true, ask: true }, {}],
    ],
    ["is none where nothing is said", { result: "open", states: [] }, [{}, {}]],
  ])("%s", async (_, expected, gate) => {
    expect(await passed(...gate)).toEqual(expected);
  });

  it("breaks a pause off with the run", async () => {
    await expect(passed({ pause: "1h" }, { signal: stopped })).rejects.toThrow("pause");
  });
});

function isRefused(check: () => void): boolean {
  try {
    check();
    return false;
  } catch (error) {
    if (FlurryError.is(error) && error.message.includes("the rollout asks after the wave a")) return true;
    throw error;
  }
}

describe("a run that will have to ask", () => {
  it.each([
    ["does not begin where nobody can answer", { ask: true }, undefined, true],
    ["begins where somebody can", { ask: true }, async () => true, false],
    ["is none that does not ask", {}, undefined, false],
  ] as const)("%s", (_, wave, ask, refuses) => {
    const { rollout, hosts } = fleetWith(wave);
    const { context } = contextWith(ask === undefined ? {} : { ask });
    expect(isRefused(() => requireSomeoneToAsk(rollout, hosts, context))).toBe(refuses);
  });

  it("is none whose wave that asks comes last", () => {
    const { rollout, hosts } = fleetWith({ ask: true });
    const last = hosts.filter(({ name }) => name === "a");
    expect(() => requireSomeoneToAsk(rollout, last, contextWith({}).context)).not.toThrow();
  });
});
