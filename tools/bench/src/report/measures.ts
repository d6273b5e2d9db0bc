import type { Summary } from "../compare/statistics.ts";

/** "1.52 s (1.49–1.60)": the median, and between which values it stands. */
export function showSeconds({ median, min, max }: Summary): string {
  return `${seconds(median)} s (${seconds(min)}–${seconds(max)})`;
}

/** "1.52 s": milliseconds as seconds. */
export function showMs(ms: number): string {
  return `${seconds(ms)} s`;
}

/** "312 MiB" */
export function showBytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}

/** "3.2x": how many times as much as the first the second is. */
export function showRatio(first: number, second: number): string {
  return first === 0 ? "-" : `${(second / first).toFixed(second / first < 10 ? 2 : 1)}x`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(ms < 10_000 ? 2 : 1);
}
