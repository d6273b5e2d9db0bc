import type { CommandSample } from "../compare/compare-commands.ts";
import { summarize } from "../compare/statistics.ts";
import { showBytes, showMs, showRatio, showSeconds } from "./measures.ts";
import { textTable } from "./text-table.ts";

/** What a comparison of commands found, for people. */
export function commandReport(samples: readonly CommandSample[], commands: readonly string[]): string {
  const summaries = commands.map((command) => {
    const own = samples.filter((sample) => sample.command === command);
    return {
      command,
      wall: summarize(own.map(({ wallMs }) => wallMs)),
      cpu: summarize(own.map(({ cpuMs }) => cpuMs)).median,
      memory: summarize(own.map(({ peakRssBytes }) => peakRssBytes)).median,
    };
  });
  const base = summaries[0]?.wall.median ?? 0;
  return textTable(
    ["", "wall clock", "to the first", "processor", "peak memory"],
    summaries.map(({ command, wall, cpu, memory }) => [
      command,
      showSeconds(wall),
      showRatio(base, wall.median),
      showMs(cpu),
      showBytes(memory),
    ]),
  );
}
