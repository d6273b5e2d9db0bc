import { summarize } from "../compare/statistics.ts";
import { secretsContenders } from "../secrets/compare-secrets.ts";
import type { SecretsSample, SecretsStep } from "../secrets/compare-secrets.ts";
import { showBytes, showMs, showRatio, showSeconds } from "./measures.ts";
import { textTable } from "./text-table.ts";

/** What a comparison of rekeying found, for people. */
export function secretsReport(samples: readonly SecretsSample[]): string {
  const rows = (["rekey", "rotate"] as const).flatMap((step) => {
    const base = samplesOf(samples, "flurry", step);
    const baseWall = summarize(base.map(({ wallMs }) => wallMs)).median;
    const baseCpu = summarize(base.map(({ cpuMs }) => cpuMs)).median;
    return secretsContenders.flatMap(({ name, title }) => {
      const own = samplesOf(samples, name, step);
      if (own.length === 0) return [];
      const wall = summarize(own.map(({ wallMs }) => wallMs));
      const cpu = summarize(own.map(({ cpuMs }) => cpuMs));
      return [
        [
          `${step}: ${title}`,
          showSeconds(wall),
          showRatio(baseWall, wall.median),
          showMs(cpu.median),
          showRatio(baseCpu, cpu.median),
          showBytes(summarize(own.map(({ peakRssBytes }) => peakRssBytes)).median),
        ],
      ];
    });
  });
  return textTable(["", "wall clock", "to flurry", "processor", "to flurry", "peak memory"], rows);
}

function samplesOf(
  samples: readonly SecretsSample[],
  contender: SecretsSample["contender"],
  step: SecretsStep,
): readonly SecretsSample[] {
  return samples.filter((sample) => sample.contender === contender && sample.step === step);
}
