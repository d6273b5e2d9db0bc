import { FlurryError } from "@flurry/core";
import type { Emit, Stage } from "@flurry/core";

import type { HostLink } from "../host/host-link.ts";
import type { Reply } from "../host/reply.ts";
import { stage } from "../host/stage.ts";
import { runOnceWith, scriptWith } from "../host/supervisor.ts";
import type { MadeKey } from "./made-key.ts";
import { delivery, question } from "./upload-message.ts";
import { keysToSend, parseFound } from "./upload-plan.ts";
import type { FoundKey } from "./upload-plan.ts";

/** How keys are brought to a host. */
export interface UploadOptions {
  readonly signal: AbortSignal;
  /** The run that gets the old files back when it reverts; none unless given. */
  readonly runId?: string;
  /**
   * `must`: a user or group that is not there is a failure; `may`: the key is root's until the activation has made them and
   * gives it to them.
   *
   * @default "must"
   */
  readonly owners?: "must" | "may";
}

/** What became of the keys of a host, by their names. */
export interface KeyUpload {
  readonly sent: readonly string[];
  /** Those that were there already. */
  readonly same: readonly string[];
}

/** Milliseconds; values are small, and a host may be slow to answer. */
const timeoutMs = 120_000;

/**
 * Finds out which keys the host lacks, or has otherwise. Values stay here: the host tells the hashes of what it has.
 *
 * @throws FlurryError FLURRY_KEYS_NOT_UPLOADED and those of the connection
 */
export async function missingKeys(
  link: HostLink,
  keys: readonly MadeKey[],
  signal: AbortSignal,
): Promise<readonly MadeKey[]> {
  if (keys.length === 0) return [];
  const paths = keys.map(({ key }) => key.path);
  return keysToSend(keys, await lookForKeys(link, paths, signal));
}

/**
 * The names of the host's keys that have no file there. Their values are not asked for.
 *
 * @throws FlurryError FLURRY_KEYS_NOT_UPLOADED and those of the connection
 */
export async function absentKeys(link: HostLink, signal: AbortSignal): Promise<readonly string[]> {
  const { keys = [] } = link.host;
  if (keys.length === 0) return [];
  const paths = keys.map(({ path }) => path);
  const found = await lookForKeys(link, paths, signal);
  return keys.filter(({ path }) => !found.has(path)).map(({ name }) => name);
}

async function lookForKeys(
  link: HostLink,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, FoundKey>> {
  const reply = await call(link, { verb: "look", args: [], input: question(paths) }, signal);
  const found = reply.all("key").flatMap((line): readonly (readonly [string, FoundKey])[] => {
    const [index = -1, there] = parseFound(line) ?? [];
    const path = paths[index];
    return path === undefined || there === undefined ? [] : [[path, there]];
  });
  return new Map(found);
}

/**
 * Brings keys to a host over its open connection: all or none of them. What is there with the same content, owner and
 * mode is not sent.
 *
 * @throws FlurryError FLURRY_KEYS_NOT_UPLOADED and those of the connection
 */
async function uploadKeys(
  link: HostLink,
  keys: readonly MadeKey[],
  { signal, runId = "", owners = "must" }: UploadOptions,
): Promise<KeyUpload> {
  const missing = await missingKeys(link, keys, signal);
  if (missing.length > 0) await call(link, { verb: "put", args: [runId, owners], input: delivery(missing) }, signal);
  const names = (some: readonly MadeKey[]): readonly string[] => some.map(({ key }) => key.name);
  return { sent: names(missing), same: names(keys.filter((made) => !missing.includes(made))) };
}

/** Uploads keys as a part of a stage, and tells which of them were sent. */
export async function uploadInStage(
  link: HostLink,
  keys: readonly MadeKey[],
  { emit, at, ...options }: UploadOptions & { readonly emit: Emit; readonly at: Stage },
): Promise<KeyUpload> {
  if (keys.length === 0) return { sent: [], same: [] };
  const host = link.host.name;
  const note = keys.length === 1 ? "1 key" : `${keys.length} keys`;
  const upload = await stage(emit, { host, stage: at, note }, () => uploadKeys(link, keys, options));
  for (const [what, names] of [
    ["uploaded", upload.sent],
    ["there already", upload.same],
  ] as const)
    if (names.length > 0)
      emit({ kind: "log", host, stage: at, level: "info", line: `keys ${what}: ${names.join(", ")}` });
  return upload;
}

async function call(
  link: HostLink,
  request: { readonly verb: "look" | "put"; readonly args: readonly string[]; readonly input: Uint8Array },
  signal: AbortSignal,
): Promise<Reply> {
  const { words, stdin } = runOnceWith(scriptWith("upload-keys"), request);
  const reply = await link.call(words, { stdin, signal, timeoutMs });
  if (reply.one(request.verb === "look" ? "looked" : "uploaded") !== undefined) return reply;
  const why = reply.one("failed") ?? reply.one("refused") ?? "the host broke off";
  throw new FlurryError("FLURRY_KEYS_NOT_UPLOADED", `the keys were not uploaded: ${why}`, {
    host: link.host.name,
    hint: "See deployment.keys of the host; --no-keys deploys without keys.",
  });
}
