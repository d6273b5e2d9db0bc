import { summarize } from "../compare/statistics.ts";
import type { EvalSample } from "../eval/compare-evaluations.ts";
import { evalContenders } from "../eval/eval-contenders.ts";
import { evalSteps } from "../eval/eval-steps.ts";
import { showBytes, showMs, showRatio, showSeconds } from "./measures.ts";
import { textTable } from "./text-table.ts";

/** What a comparison of evaluations found, for people. */
export function evalReport(samples: readonly EvalSample[]): string {
  return [
    "Wall clock: median (least–most); to nix eval in a loop; processor time and peak memory: medians",
    costTable(samples),
    "Goals",
    ...goals(samples).map(
      ({ text, value, most, unit }) =>
        `  ${value <= most ? "yes" : "no "}  ${text}: ${value.toFixed(2)}${unit}, at most ${most}${unit}`,
    ),
    "",
  ].join("\n");
}

function costTable(samples: readonly EvalSample[]): string {
  const base = medianOf(samples, "loop", "cold");
  const rows = evalSteps.flatMap(({ name, title }) =>
    evalContenders.flatMap((contender) => {
      const own = samplesOf(samples, contender.name, name);
      if (own.length === 0) return [];
      const wall = summarize(own.map(({ wallMs }) => wallMs));
      const evaluated = own.flatMap((sample) => sample.evaluated ?? []);
      return [
        [
          `${title}: ${contender.title}`,
          showSeconds(wall),
          base === undefined ? "" : showRatio(base, wall.median),
          showMs(summarize(own.map(({ cpuMs }) => cpuMs)).median),
          showBytes(summarize(own.map(({ peakRssBytes }) => peakRssBytes)).median),
          evaluated.length === 0 ? "" : String(summarize(evaluated).median),
        ],
      ];
    }),
  );
  return textTable(["", "wall clock", "to the loop", "processor", "peak memory", "evaluated"], rows);
}

/** Something that Flurry wants to be, and what it is. */
export interface Goal {
  readonly text: string;
  readonly value: number;
  readonly most: number;
  readonly unit: "x" | " s";
}

/** The goals of evaluation: for two cores, 30 hosts and real NixOS systems. */
function goals(samples: readonly EvalSample[]): readonly Goal[] {
  const flurry = (step: EvalSample["step"]): number | undefined => medianOf(samples, "flurry", step);
  const ratio = (text: string, most: number, parts: readonly (number | undefined)[]): readonly Goal[] => {
    const [value, base] = parts;
    return value === undefined || base === undefined ? [] : [{ text, value: value / base, most, unit: "x" }];
  };
  const quick = (["unchanged", "readme", "commit"] as const).flatMap((step): readonly Goal[] => {
    const value = flurry(step);
    const { title = "" } = evalSteps.find(({ name }) => name === step) ?? {};
    return value === undefined ? [] : [{ text: title, value: value / 1000, most: 0.5, unit: " s" }];
  });
  return [
    ...ratio("first, to the loop", 0.55, [flurry("cold"), medianOf(samples, "loop", "cold")]),
    ...quick,
    ...ratio("one host edited, to nix eval of it", 1.3, [flurry("one"), medianOf(samples, "alone", "one")]),
  ];
}

function medianOf(samples: readonly EvalSample[], contender: string, step: EvalSample["step"]): number | undefined {
  const own = samplesOf(samples, contender, step).map(({ wallMs }) => wallMs);
  return own.length === 0 ? undefined : summarize(own).median;
}

function samplesOf(samples: readonly EvalSample[], contender: string, step: EvalSample["step"]): readonly EvalSample[] {
  return samples.filter((sample) => sample.contender === contender && sample.step === step);
}
