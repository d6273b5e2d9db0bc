import { Worker } from "node:worker_threads";

import { FlurryError } from "@flurry/core";

import { dice, mutate } from "./mutate.ts";
import type { Target } from "./targets.ts";

/** How long and with what to run. */
export interface FuzzOptions {
  readonly seed: number;
  /** Inputs for each target. */
  readonly count: number;
  /** Milliseconds for all targets together. */
  readonly timeLimitMs: number;
}

/** An input that a parser did not take well. */
export interface Finding {
  readonly target: string;
  readonly iteration: number;
  readonly what: string;
  /** The input in base64, cut to what can be printed. */
  readonly input: string;
}

export interface FuzzReport {
  readonly inputs: number;
  readonly findings: readonly Finding[];
}

/** Longer than any input may take, also on a busy machine. */
const hangMs = 120_000;
/** Milliseconds of this process alone. */
const slowMs = 10_000;
const maxFindings = 20;

/** Feeds each target with inputs made of its samples; each must be taken or refused with a typed error, soon. */
export async function fuzz(targets: readonly Target[], { seed, count, timeLimitMs }: FuzzOptions): Promise<FuzzReport> {
  const findings: Finding[] = [];
  let inputs = 0;
  const end = performance.now() + timeLimitMs;
  await using watchdog = watch(hangMs);
  for (let iteration = 0; iteration < count && findings.length < maxFindings; iteration++) {
    for (const [index, target] of targets.entries()) {
      if (performance.now() > end) return { inputs, findings };
      const random = dice(seed + iteration * 1009 + index * 7919);
      const input = mutate(target.samples, random);
      watchdog.beat(`${target.name}, seed ${seed}, iteration ${iteration}`);
      const begin = process.cpuUsage();
      const what = (await problemOf(target, input)) ?? (cpuMs(begin) > slowMs ? "it took too long" : undefined);
      inputs++;
      if (what !== undefined)
        findings.push({ target: target.name, iteration, what, input: input.subarray(0, 2000).toString("base64") });
    }
  }
  return { inputs, findings };
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

async function problemOf(target: Target, input: Buffer): Promise<string | undefined> {
  try {
    const result = target.run(input);
    await (Array.isArray(result) ? Promise.all(result) : result);
    return undefined;
  } catch (error) {
    if (FlurryError.is(error) && error.code !== "FLURRY_INTERNAL") return undefined;
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

/** A parser that hangs keeps its thread from telling, so another one watches and ends the process. */
function watch(limitMs: number): AsyncDisposable & { beat: (text: string) => void } {
  const program = `
    const { parentPort } = require("node:worker_threads");
    let last = Date.now(), at = "the start";
    parentPort.on("message", (text) => { last = Date.now(); at = text; });
    setInterval(() => {
      if (Date.now() - last < ${limitMs}) return;
      process.stderr.write("fuzz: a parser hangs: " + at + "\\n");
      require("node:fs").writeSync(2, "fuzz: a parser hangs: " + at + "\\n");
      process.kill(process.pid, "SIGKILL");
    }, 1000);`;
  const worker = new Worker(program, { eval: true });
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    beat: (text) => worker.postMessage(text),
    [Symbol.asyncDispose]: async () => {
      await worker.terminate();
    },
  };
}
