import { stripVTControlCharacters } from "node:util";

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

// The numbers are those of libutil/logging.hh.
const activityNumber = { copyPath: 100, copyPaths: 103, builds: 104, build: 105, substitute: 108 } as const;
const resultNumber = { logLine: 101, phase: 104, progress: 105, expected: 106, postBuildLogLine: 107 } as const;

const infoLevel = 3;

/**
 * Reads one line of standard error under `--log-format internal-json`.
 * Undefined for a line that is not nix's own (ssh and git write there too), is damaged, or tells nothing of use.
 */
export function parseNixLogLine(text: string): NixLogEvent | undefined {
  if (!text.startsWith("@nix ")) return undefined;
  const data = parseJson(text.slice(5));
  // Checked by hand: a build prints tens of thousands of lines, and the thread that reads them has nothing else to load.
  if (!isObject(data)) return undefined;
  switch (data["action"]) {
    case "start":
      return start(data);
    case "stop": {
      const id = idOf(data);
      return id === undefined ? undefined : { kind: "stop", id };
    }
    case "result": {
      const id = idOf(data);
      const result = isNumber(data["type"]) ? activityResult(data["type"], listOf(data["fields"])) : undefined;
      return id === undefined || result === undefined ? undefined : { kind: "result", id, result };
    }
    case "msg":
      return message(data);
    default:
      return undefined;
  }
}

type Raw = Readonly<Record<string, unknown>>;

function start(data: Raw): NixLogEvent | undefined {
  const id = idOf(data);
  if (id === undefined) return undefined;
  const { type, text, fields } = data;
  const known = activity(isNumber(type) ? type : 0, listOf(fields));
  return { kind: "start", id, text: typeof text === "string" ? plain(text) : "", activity: known };
}

function message(data: Raw): NixMessage | undefined {
  const { level, msg, raw_msg: raw, trace } = data;
  if (!isNumber(level) || typeof msg !== "string") return undefined;
  const at = positionOf(data);
  const frames = listOf(trace);
  return {
    kind: "message",
    level: level === 1 && isOnlyWaiting(msg) ? infoLevel : level,
    text: plain(msg),
    ...(typeof raw === "string" ? { rawText: plain(raw) } : {}),
    ...(at === undefined ? {} : { position: at }),
    trace: frames.every(isObject) ? frames.map(frame) : [],
  };
}

// Several processes of nix share one store, and each tries again by itself: nothing that a user could or should mend.
function isOnlyWaiting(text: string): boolean {
  return /SQLite database .* is busy/.test(plain(text));
}

function isObject(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function idOf({ id }: Raw): string | undefined {
  return typeof id === "string" || isNumber(id) ? String(id) : undefined;
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

function frame(raw: Raw): NixFrame {
  const { raw_msg: text } = raw;
  const at = positionOf(raw);
  return { text: typeof text === "string" ? plain(text) : "", ...(at === undefined ? {} : { position: at }) };
}

function positionOf({ file, line, column }: Raw): NixPosition | undefined {
  if (typeof file !== "string" || !isNumber(line) || !isNumber(column)) return undefined;
  // Newer versions put the numbers behind the name as well.
  const numbers = `:${line}:${column}`;
  return { file: file.endsWith(numbers) ? file.slice(0, -numbers.length) : file, line, column };
}

function plain(text: string): string {
  return stripVTControlCharacters(text);
}
