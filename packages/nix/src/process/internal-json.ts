import { stripVTControlCharacters } from "node:util";

import * as z from "zod";

/** A position in a file as nix reports it: `file` may be a store path. */
export interface NixPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One line of a program's log that nix printed on its own behalf. */
export interface NixMessage {
  readonly kind: "message";
  /** 0 error, 1 warning, 2 notice, 3 info, and more and more chatty from there. */
  readonly level: number;
  /** The whole text, with trace and source excerpt, without colours. */
  readonly text: string;
  /** The innermost message alone; only errors have one. */
  readonly rawText?: string;
  readonly position?: NixPosition;
  /** Innermost frame first. */
  readonly trace: readonly NixFrame[];
}

/** One frame of an error's trace. */
export interface NixFrame {
  readonly text: string;
  readonly position?: NixPosition;
}

/** Something that nix began to do. */
export type NixActivity =
  | { readonly type: "build"; readonly drvPath: string; readonly machine: string }
  | { readonly type: "copy-path"; readonly path: string }
  | { readonly type: "copy-paths" }
  | { readonly type: "builds" }
  | { readonly type: "substitute"; readonly path: string }
  | { readonly type: "other" };

/** What nix tells of an activity while it goes on. */
export type NixActivityResult =
  | { readonly type: "log-line"; readonly line: string }
  | {
      readonly type: "progress";
      readonly done: number;
      readonly expected: number;
      readonly running: number;
      readonly failed: number;
    }
  /** `of` is the number of an activity type: 100 for bytes to copy, 105 for builds. */
  | { readonly type: "expected"; readonly of: number; readonly count: number }
  | { readonly type: "phase"; readonly phase: string };

/** One line of `--log-format internal-json`. Ids are texts: they have up to 54 bits. */
export type NixLogEvent =
  | { readonly kind: "start"; readonly id: string; readonly text: string; readonly activity: NixActivity }
  | { readonly kind: "stop"; readonly id: string }
  | { readonly kind: "result"; readonly id: string; readonly result: NixActivityResult }
  | NixMessage;

const id = z.union([z.string(), z.number()]).transform(String);
const fields = z.array(z.unknown()).catch([]);
const position = z.object({ file: z.string(), line: z.number(), column: z.number() });
const line = z.discriminatedUnion("action", [
  z.object({ action: z.literal("start"), id, type: z.number().catch(0), text: z.string().catch(""), fields }),
  z.object({ action: z.literal("stop"), id }),
  z.object({ action: z.literal("result"), id, type: z.number(), fields }),
  z.object({
    action: z.literal("msg"),
    level: z.number(),
    msg: z.string(),
    raw_msg: z.string().optional().catch(undefined),
    file: z.unknown().optional(),
    line: z.unknown().optional(),
    column: z.unknown().optional(),
    trace: z.array(z.looseObject({ raw_msg: z.string().catch("") })).catch([]),
  }),
]);

// The numbers are those of libutil/logging.hh.
const activityNumber = { copyPath: 100, copyPaths: 103, builds: 104, build: 105, substitute: 108 } as const;
const resultNumber = { logLine: 101, phase: 104, progress: 105, expected: 106, postBuildLogLine: 107 } as const;

/**
 * Reads one line of standard error under `--log-format internal-json`.
 * Undefined for a line that is not nix's own (ssh and git write there too), is damaged, or tells nothing of use.
 */
export function parseNixLogLine(text: string): NixLogEvent | undefined {
  if (!text.startsWith("@nix ")) return undefined;
  const parsed = line.safeParse(parseJson(text.slice(5)));
  if (!parsed.success) return undefined;
  const { data } = parsed;
  switch (data.action) {
    case "start":
      return { kind: "start", id: data.id, text: plain(data.text), activity: activity(data.type, data.fields) };
    case "stop":
      return { kind: "stop", id: data.id };
    case "result": {
      const result = activityResult(data.type, data.fields);
      return result && { kind: "result", id: data.id, result };
    }
    case "msg": {
      const at = positionOf(data);
      return {
        kind: "message",
        level: data.level,
        text: plain(data.msg),
        ...(data.raw_msg === undefined ? {} : { rawText: plain(data.raw_msg) }),
        ...(at === undefined ? {} : { position: at }),
        trace: data.trace.map(frame),
      };
    }
  }
}

function parseJson(text: string): unknown {
  try {
    // Ids are built from a process id shifted by 32 bits, more than a double holds. Within a string the quotes would be escaped.
    return JSON.parse(text.replace(/"id":(\d+)/, '"id":"$1"'));
  } catch {
    return undefined;
  }
}

function activity(type: number, values: readonly unknown[]): NixActivity {
  const [first, second] = values;
  if (type === activityNumber.build && typeof first === "string")
    return { type: "build", drvPath: first, machine: typeof second === "string" ? second : "" };
  if (type === activityNumber.copyPath && typeof first === "string") return { type: "copy-path", path: first };
  if (type === activityNumber.substitute && typeof first === "string") return { type: "substitute", path: first };
  if (type === activityNumber.copyPaths) return { type: "copy-paths" };
  if (type === activityNumber.builds) return { type: "builds" };
  return { type: "other" };
}

function activityResult(type: number, values: readonly unknown[]): NixActivityResult | undefined {
  const [first, second] = values;
  if ((type === resultNumber.logLine || type === resultNumber.postBuildLogLine) && typeof first === "string")
    return { type: "log-line", line: plain(first) };
  if (type === resultNumber.phase && typeof first === "string") return { type: "phase", phase: first };
  if (type === resultNumber.expected && typeof first === "number" && typeof second === "number")
    return { type: "expected", of: first, count: second };
  if (type === resultNumber.progress) {
    const [done = 0, expected = 0, running = 0, failed = 0] = values.map((value) => Number(value) || 0);
    return { type: "progress", done, expected, running, failed };
  }
  return undefined;
}

function frame(raw: { readonly raw_msg: string }): NixFrame {
  const at = positionOf(raw);
  return { text: plain(raw.raw_msg), ...(at === undefined ? {} : { position: at }) };
}

function positionOf(raw: unknown): NixPosition | undefined {
  const parsed = position.safeParse(raw);
  if (!parsed.success) return undefined;
  const { file, line: at, column } = parsed.data;
  // Newer versions put the numbers behind the name as well.
  const numbers = `:${at}:${column}`;
  return { file: file.endsWith(numbers) ? file.slice(0, -numbers.length) : file, line: at, column };
}

function plain(text: string): string {
  return stripVTControlCharacters(text);
}
