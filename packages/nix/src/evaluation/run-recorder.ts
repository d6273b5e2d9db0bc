import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { TempDir } from "@flurry/core";

import { flakeExpression } from "../flake/flake-expression.ts";
import type { LockedFlake } from "../flake/locked-flake.ts";
import { isAtLeast } from "../process/capabilities.ts";
import type { NixVersion } from "../process/capabilities.ts";
import { runNix } from "../process/nix-command.ts";
import type { NixContext } from "../process/nix-context.ts";
import { preloadable, startRecording } from "./recorder.ts";
import type { Recorder, Recording } from "./recorder.ts";

/** How the evaluations of one run are to be recorded; see {@link RunRecorder}. */
export interface RunRecorderOptions {
  readonly version: NixVersion;
  readonly signal: AbortSignal;
  /** Milliseconds that one call of nix may take. */
  readonly timeoutMs: number;
  readonly recorder: Recorder;
}

/**
 * Records the evaluations of one run, each with a place of its own for its record and its fetcher cache.
 *
 * Since 2.20 nix remembers there which paths it copied to the store, and then copies them again without reading them: an
 * evaluation that shared the cache with an earlier one would hide what it depends on. An empty cache would make it read
 * the whole source instead. So each gets a copy of one that holds the source and nothing else.
 */
export class RunRecorder implements AsyncDisposable {
  readonly recorder: Recorder;
  readonly #context: NixContext;
  readonly #scratch: TempDir;
  readonly #template: string | undefined;
  #count = 0;

  private constructor(parts: {
    readonly recorder: Recorder;
    readonly context: NixContext;
    readonly scratch: TempDir;
    readonly template: string | undefined;
  }) {
    this.recorder = parts.recorder;
    this.#context = parts.context;
    this.#scratch = parts.scratch;
    this.#template = parts.template;
  }

  /** Makes ready to record evaluations of a flake. */
  static async open(flake: LockedFlake, context: NixContext, options: RunRecorderOptions): Promise<RunRecorder> {
    const { version, signal, timeoutMs } = options;
    const scratch = await tempDir("flurry-evaluation");
    try {
      const recorder = await preloadable(options.recorder, scratch.path);
      const hasTemplate = recorder.kind !== "none" && isAtLeast(version, 2, 20);
      const template = hasTemplate ? join(scratch.path, "template") : undefined;
      if (template !== undefined) await fillTemplate(template, flake, { context, version, signal, timeoutMs });
      return new RunRecorder({ recorder, context, scratch, template });
    } catch (error) {
      await scratch[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Prepares one evaluation that reads the source in a directory of the store. */
  async start(directory: string): Promise<Recording> {
    this.#count += 1;
    const own = join(this.#scratch.path, String(this.#count));
    const scratch = join(own, "record");
    await mkdir(scratch, { recursive: true });
    const recording = await startRecording(this.recorder, { directory, scratch, ...this.#context });
    if (this.#template === undefined) return recording;
    const cache = join(own, "cache");
    await cp(this.#template, cache, { recursive: true });
    return { ...recording, env: { ...recording.env, ...cacheVariables(cache) } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scratch[Symbol.asyncDispose]();
  }
}

async function fillTemplate(
  template: string,
  flake: LockedFlake,
  { context, version, signal, timeoutMs }: { readonly context: NixContext } & Omit<RunRecorderOptions, "recorder">,
): Promise<void> {
  await mkdir(template);
  const expression = `(${flakeExpression(flake, version)}).outPath`;
  const call = {
    command: ["eval"],
    args: ["--raw", "--no-eval-cache", "--expr", expression],
    what: "preparing to evaluate",
    timeoutMs,
    env: cacheVariables(template),
  };
  // Should it fail, so will every evaluation, and say why.
  await runNix(context, call, { signal });
}

function cacheVariables(cache: string): Readonly<Record<string, string>> {
  // Newer versions prefer the second.
  return { XDG_CACHE_HOME: cache, NIX_CACHE_HOME: join(cache, "nix") };
}
