import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { ProcessResult, RunProcessOptions } from "@flurry/core";

import { parseChildTimes } from "./cpu-times.ts";
import { peakMemory } from "./peak-memory.ts";

/** What one run of a command cost. */
export interface Measurement {
  /** Milliseconds from start to end. */
  readonly wallMs: number;
  /** Milliseconds of processor time of the command and all that it waited for, user and system together. */
  readonly cpuMs: number;
  /** The most memory that all its processes had resident at the same time, in bytes. */
  readonly peakRssBytes: number;
  readonly result: ProcessResult;
}

/** Runs words as a process: on this machine or in the deployer's place of a lab. */
export type Run = (argv: readonly string[], options: RunProcessOptions) => Promise<ProcessResult>;

/** How to measure. */
export interface MeasureOptions extends RunProcessOptions {
  /** Milliseconds between two looks at the memory. Default: 50. */
  readonly memoryPeriodMs?: number;
}

const timed = `times=$1; shift; "$@"; code=$?; times > "$times"; exit "$code"`;

/** Runs a command to its end and says what it cost. */
export async function measure(run: Run, argv: readonly string[], options: MeasureOptions = {}): Promise<Measurement> {
  const { memoryPeriodMs = 50, ...rest } = options;
  await using directory = await tempDir("flurry-bench");
  const times = join(directory.path, "times");
  const memory = peakMemory(memoryPeriodMs);
  const startedAt = performance.now();
  try {
    const result = await run(["sh", "-c", timed, "sh", times, ...argv], {
      ...rest,
      onSpawn: (pid) => memory.watch(pid),
    });
    const wallMs = performance.now() - startedAt;
    const { userMs, systemMs } = parseChildTimes(await readFile(times, "utf8"));
    return { wallMs, cpuMs: userMs + systemMs, peakRssBytes: await memory.stop(), result };
  } finally {
    await memory.stop();
  }
}
