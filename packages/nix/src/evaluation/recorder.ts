import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError, runProcess, tempDir } from "@flurry/core";

import { nixArguments } from "../process/nix-arguments.ts";
import type { NixContext } from "../process/nix-context.ts";
import { emptyPreloadLog, parsePreloadLog } from "./preload-log.ts";
import { timesOpened } from "./reads.ts";
import type { Reads } from "./reads.ts";
import { recorderLibraries } from "./recorder-libraries.ts";
import { parseStraceLog, straceArguments } from "./strace-log.ts";
import type { StracePlaces } from "./strace-log.ts";

/** A way to see what an evaluation reads. */
export type Recorder =
  /** A library that is preloaded into nix; it costs nothing that can be measured. */
  | { readonly kind: "preload"; readonly library: string }
  /** The system's strace; evaluations take 1.2 to 1.7 times as long. */
  | { readonly kind: "strace"; readonly program: string }
  /** Nothing sees it: each change of the source counts for every host. `reason` says why. */
  | { readonly kind: "none"; readonly reason: string };

/** One process under observation. */
export interface Recording {
  /** Variables for the process. */
  readonly env: Readonly<Record<string, string>>;
  /** Words to put before the program. */
  readonly wrapper: readonly string[];
  /** What the process read within the directory; undefined when that is not known for certain. */
  readonly reads: () => Promise<Reads | undefined>;
}

/** Where a process runs that is to be recorded. */
export interface RecordingPlace {
  /** Whose files are of interest. */
  readonly directory: string;
  /** An empty directory for the record. */
  readonly scratch: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Prepares to record one process. */
export async function startRecording(
  recorder: Recorder,
  { directory, scratch, env, cwd }: RecordingPlace,
): Promise<Recording> {
  switch (recorder.kind) {
    case "preload": {
      const file = join(scratch, "reads");
      await writeFile(file, emptyPreloadLog);
      const others = env["LD_PRELOAD"];
      const preload = others === undefined || others === "" ? recorder.library : `${recorder.library}:${others}`;
      return {
        env: { LD_PRELOAD: preload, FLURRY_RECORD_PREFIX: directory, FLURRY_RECORD_FILE: file },
        wrapper: [],
        reads: async () => parsePreloadLog(await readFile(file), directory),
      };
    }
    case "strace":
      return {
        env: {},
        wrapper: [recorder.program, ...straceArguments(join(scratch, "trace")), "--"],
        reads: () => straceReads(scratch, { directory, cwd }),
      };
    case "none":
      return { env: {}, wrapper: [], reads: async () => undefined };
  }
}

async function straceReads(scratch: string, places: StracePlaces): Promise<Reads | undefined> {
  const names = (await readdir(scratch)).filter((name) => name.startsWith("trace."));
  const texts = await Promise.all(names.map((name) => readFile(join(scratch, name), "utf8")));
  return parseStraceLog(texts.join("\n"), places);
}

/** How to look for a recorder; see {@link findRecorder}. */
export interface FindRecorderOptions {
  readonly signal?: AbortSignal;
  /**
   * Milliseconds that each attempt may take.
   *
   * @default 20000
   */
  readonly timeoutMs?: number;
  /** Use this kind alone, for tests and measurements. */
  readonly only?: Recorder["kind"];
}

/**
 * Finds a way to see what nix reads, by trying it: a static nix cannot be preloaded, another libc may not load the
 * library, and tracing may be forbidden.
 */
export async function findRecorder(context: NixContext, options: FindRecorderOptions = {}): Promise<Recorder> {
  const { only } = options;
  if (only === "none") return { kind: "none", reason: "as asked for" };
  if (process.platform !== "linux") return { kind: "none", reason: `there is no recorder for ${process.platform}` };
  const libraries = await recorderLibraries(context.env);
  for (const library of only === "strace" ? [] : libraries) {
    const recorder = { kind: "preload", library } as const;
    if (await recorderWorks(recorder, context, options)) return recorder;
  }
  if (only !== "preload") {
    const recorder = { kind: "strace", program: "strace" } as const;
    if (await recorderWorks(recorder, context, options)) return recorder;
  }
  const reason =
    libraries.length === 0
      ? `there is no recorder for ${process.platform}-${process.arch}, and strace does not work`
      : "this nix cannot be preloaded (is it static?), and strace does not work";
  return { kind: "none", reason };
}

/** True when a file that nix is made to read is seen. */
export async function recorderWorks(
  recorder: Recorder,
  context: NixContext,
  { signal, timeoutMs = 20_000 }: FindRecorderOptions,
): Promise<boolean> {
  await using temp = await tempDir("flurry-recorder");
  const directory = join(temp.path, "directory");
  const scratch = join(temp.path, "scratch");
  await mkdir(directory);
  await mkdir(scratch);
  await writeFile(join(directory, "file"), "");
  const recording = await startRecording(recorder, { directory, scratch, ...context });
  const nix = context.nix ?? "nix";
  const words = [
    ...nixArguments({ ...context, extraArgs: [] }, { command: ["hash", "file"], args: [join(directory, "file")] }),
  ];
  const [program = nix, ...args] = [...recording.wrapper, nix, ...words];
  try {
    const env = { ...context.env, ...recording.env };
    const limits = { timeoutMs: Math.min(timeoutMs, 20_000), ...(signal === undefined ? {} : { signal }) };
    const { exitCode } = await runProcess(program, args, { cwd: context.cwd, env, ...limits });
    const reads = exitCode === 0 ? await recording.reads() : undefined;
    return reads !== undefined && timesOpened(reads, "/file") > 0;
  } catch (error) {
    if (signal?.aborted === true) throw error;
    if (FlurryError.is(error)) return false;
    throw error;
  }
}

/** The words that the dynamic linker separates in LD_PRELOAD cannot stand in the path of a library. */
export async function preloadable(recorder: Recorder, scratch: string): Promise<Recorder> {
  if (recorder.kind !== "preload" || !/[\s:]/.test(recorder.library)) return recorder;
  const library = join(scratch, "recorder.so");
  await copyFile(recorder.library, library);
  return { ...recorder, library };
}
