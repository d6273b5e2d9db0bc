import { createHash } from "node:crypto";
import { access, constants, open, readFile, realpath, rm, stat } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";

import { atomicWrite } from "@flurry/core";

import type { NixContext } from "../process/nix-context.ts";
import { recorderDirectory, recorderLibraries } from "./recorder-libraries.ts";
import { findRecorder } from "./recorder.ts";
import type { FindRecorderOptions, Recorder } from "./recorder.ts";

/** How many pairs of a library and a nix are kept. */
const most = 16;

/**
 * What `findRecorder` finds, remembered: a library that once saw this nix read does so again. Nothing depends on that for
 * the truth of an answer, as an evaluation whose reads were not seen depends on the whole source.
 */
export async function knownRecorder(context: NixContext, search: FindRecorderOptions = {}): Promise<Recorder> {
  const file = memoryFile(context.env);
  const nix = search.only === undefined && file !== undefined ? await identityOfNix(context) : undefined;
  if (file === undefined || nix === undefined) return await findRecorder(context, search);
  const known = await readMemory(file);
  for (const library of await recorderLibraries(context.env))
    if (known.includes(await keyOf(library, nix, context))) return { kind: "preload", library };
  const recorder = await findRecorder(context, search);
  if (recorder.kind === "preload") {
    const all = [await keyOf(recorder.library, nix, context), ...known].slice(0, most);
    // What cannot be written down is found by trying again.
    await atomicWrite(file, all.map((key) => `${key}\n`).join(""), { mode: 0o600 }).catch(() => {});
  }
  return recorder;
}

/** Drops what is remembered, for when a recorder did not see what it should have. */
export async function forgetRecorders(env: NodeJS.ProcessEnv): Promise<void> {
  const file = memoryFile(env);
  if (file !== undefined) await rm(file, { force: true }).catch(() => {});
}

function memoryFile(env: NodeJS.ProcessEnv): string | undefined {
  const directory = recorderDirectory(env);
  return directory === undefined ? undefined : join(directory, "works");
}

async function readMemory(file: string): Promise<readonly string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").filter((line) => /^[0-9a-f]{64}$/.test(line));
}

async function keyOf(library: string, nix: string, { env }: NixContext): Promise<string> {
  const known = [await identityOf(library), nix, env["LD_PRELOAD"] ?? "", env["LD_LIBRARY_PATH"] ?? ""];
  return createHash("sha256").update(JSON.stringify(known)).digest("hex");
}

/** Which program nix is; undefined when that is not told by its file, because it is a script that may run any. */
async function identityOfNix({ nix = "nix", cwd, env }: NixContext): Promise<string | undefined> {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const places = nix.includes("/") ? [resolve(cwd, nix)] : folders.map((folder) => resolve(cwd, folder, nix));
  for (const place of places) {
    try {
      await access(place, constants.X_OK);
      return (await isElf(place)) ? await identityOf(place) : undefined;
    } catch {
      // The next one, as the system itself does.
    }
  }
  return undefined;
}

/** Tells a file from what may stand in its place later. All files of the store have the same time, and a name of their own. */
async function identityOf(file: string): Promise<string> {
  const path = await realpath(file);
  const { size, mtimeMs, ino } = await stat(path);
  return [path, size, mtimeMs, ino].join("\0");
}

async function isElf(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.toString("latin1") === "\u007FELF";
  } finally {
    await handle.close();
  }
}
