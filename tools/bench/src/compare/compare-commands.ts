import { FlurryError, runProcess } from "@flurry/core";

import { measure } from "../measure/measure.ts";
import { orderOf } from "./interleave.ts";

/** What one run of a command line cost. */
export interface CommandSample {
  readonly command: string;
  readonly round: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakRssBytes: number;
}

/** What to compare. */
export interface CommandComparison {
  /** Command lines for `sh -c`. */
  readonly commands: readonly string[];
  readonly runs: number;
  readonly signal: AbortSignal;
}

/**
 * Measures command lines in turns, after one run each that does not count.
 *
 * @throws FlurryError FLURRY_PROCESS_FAILED when one fails
 */
export async function compareCommands({
  commands,
  runs,
  signal,
}: CommandComparison): Promise<readonly CommandSample[]> {
  const samples: CommandSample[] = [];
  for (let round = -1; round < runs; round++) {
    for (const command of orderOf(commands, Math.max(round, 0))) {
      const { result, ...cost } = await measure(
        ([file = "", ...args], options) => runProcess(file, args, options),
        ["sh", "-c", command],
        {
          signal,
        },
      );
      if (result.exitCode !== 0)
        throw new FlurryError("FLURRY_PROCESS_FAILED", `${command} ended with ${result.exitCode}`, {
          details: result.stderr,
        });
      if (round >= 0) samples.push({ command, round, ...cost });
    }
  }
  return samples;
}
