import type { Goal } from "../goal.ts";
import type { HostOutcome } from "../host/outcome.ts";
import type { MakeKeys } from "../keys/key-maker.ts";
import { uploadInStage } from "../keys/upload-keys.ts";
import type { RunContext } from "../run-context.ts";
import { unchanged } from "./already-there.ts";
import type { PendingHost } from "./build-wanted.ts";
import { eachHost } from "./each-host.ts";
import type { VerdictBoard } from "./verdict-board.ts";

/** What the hosts that are there already still get. */
export interface ThereOptions {
  readonly board: VerdictBoard;
  readonly goal: Goal;
  readonly parallel: number;
  readonly makeKeys: MakeKeys | undefined;
}

/** Gives hosts that run their system already their verdict, and before that the keys that they lack: a reboot loses them. */
export async function settleThere(
  hosts: readonly PendingHost[],
  { board, goal, parallel, makeKeys }: ThereOptions,
  { emit, signal }: Pick<RunContext, "emit" | "signal">,
): Promise<void> {
  await eachHost(hosts, parallel, async ({ link, facts }) => {
    const { host } = link;
    try {
      const keys = goal === "dry-activate" || host.keys === undefined ? [] : ((await makeKeys?.(host)) ?? []);
      const { sent } = await uploadInStage(link, keys, { emit, signal, at: "arm" });
      board.settle(host.name, { ...unchanged(facts), ...noteOf(sent) }, facts.current);
    } catch (error) {
      board.fail(host.name, error, { stage: "arm", before: facts.current });
    }
  });
}

function noteOf(sent: readonly string[]): Pick<HostOutcome, "note"> {
  return sent.length === 0 ? {} : { note: `got ${sent.length === 1 ? "1 key" : `${sent.length} keys`}` };
}
