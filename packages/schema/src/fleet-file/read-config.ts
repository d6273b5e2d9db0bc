import { stat } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { FlurryError, deadline } from "@flurry/core";
import type { Issue, Place, Result } from "@flurry/core";

import type { Fleet } from "../fleet/fleet.ts";
import { parseFleet } from "./parse-fleet.ts";

const definitions = fileURLToPath(new URL(`./define-fleet${extname(import.meta.url)}`, import.meta.url));

/** How a fleet.config.ts is read. */
export interface ReadConfigOptions {
  /** The file's name in messages; its path unless given. */
  readonly displayName?: string;
  readonly signal?: AbortSignal;
  /** How long the file's code may run, in milliseconds; 30 seconds unless given. */
  readonly timeoutMs?: number;
}

/**
 * Runs a fleet.config.{ts,mts,js,mjs} and reads what it exports as default: a fleet, or a function that makes one.
 * The code runs in this process with all its rights. Issues have paths and, where the code threw, a line.
 *
 * @throws FlurryError FLURRY_TIMEOUT, FLURRY_ABORTED
 */
export async function readFleetConfig(path: string, options: ReadConfigOptions = {}): Promise<Result<Fleet>> {
  const file = options.displayName ?? path;
  using limit = deadline(options.timeoutMs ?? 30_000, `running ${file}`, options.signal);
  try {
    const exported = await abortable(defaultExport(path), limit.signal);
    const data: unknown = typeof exported === "function" ? await abortable(call(exported), limit.signal) : exported;
    return data === undefined ? { ok: false, issues: [noExport(file)] } : parseFleet(data, { file });
  } catch (error) {
    if (limit.signal.aborted && FlurryError.is(error)) throw error;
    return { ok: false, issues: [threw(error, path, file)] };
  }
}

// oxlint-disable-next-line typescript/no-unsafe-function-type -- whatever the user's file exports
async function call(made: Function): Promise<unknown> {
  return Reflect.apply(made, undefined, []) as unknown;
}

/** Node's own import first: it is exact and fast. What it cannot load, and packages that only we have, need jiti. */
async function defaultExport(path: string): Promise<unknown> {
  if (isForNode(path)) {
    const { mtimeMs } = await stat(path);
    try {
      // The query makes Node load a file anew after it was edited.
      return defaultOf(await import(/* @vite-ignore */ `${pathToFileURL(path).href}?mtime=${mtimeMs}`));
    } catch (error) {
      if (!isLoaderError(error)) throw error;
    }
  }
  const { createJiti } = await import("jiti");
  const jiti = createJiti(dirname(path), {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    // A fleet.config.ts may import defineFleet although nothing is installed beside it.
    alias: { "@flurry/schema": definitions },
  });
  return defaultOf(await jiti.import(path));
}

/** Node strips types from version 22.18 on. */
function isForNode(path: string): boolean {
  return path.endsWith("js") || Boolean(Reflect.get(process.features, "typescript"));
}

/** Failures to load a file, as opposed to failures of its code. */
function isLoaderError(error: unknown): boolean {
  if (error instanceof SyntaxError) return true;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^ERR_(?:UNKNOWN_FILE_EXTENSION|MODULE_NOT_FOUND|UNSUPPORTED_|INVALID_TYPESCRIPT|PACKAGE_PATH)/.test(code);
}

function defaultOf(module: unknown): unknown {
  return typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
}

function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(FlurryError.from(signal.reason));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function noExport(file: string): Issue {
  return {
    code: "no-default-export",
    message: "the file has no default export",
    severity: "error",
    path: [],
    place: { file },
    hint: "write: export default defineFleet({ hosts: { ... } })",
  };
}

function threw(error: unknown, path: string, file: string): Issue {
  const message = (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
  return {
    code: "config-threw",
    message: `the file could not be run: ${message}`,
    severity: "error",
    path: [],
    place: placeIn(error, path, file),
    hint: "run it on its own to see the whole error",
  };
}

/** The first line of the stack that is in the file itself. */
function placeIn(error: unknown, path: string, file: string): Place {
  const stack = error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : "";
  const after = stack.split("\n").find((line) => line.includes(path));
  const match =
    after === undefined
      ? null
      : /^(?:\?mtime=[\d.]+)?:(\d+):(\d+)/.exec(after.slice(after.indexOf(path) + path.length));
  return match === null ? { file } : { file, line: Number(match[1]), column: Number(match[2]) };
}
