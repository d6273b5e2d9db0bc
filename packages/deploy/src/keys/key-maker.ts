import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { FlurryError, runProcess } from "@flurry/core";
import { readKeyTexts } from "@flurry/nix";
import type { KeyNames, KeyTexts, LockedFlake, NixContext } from "@flurry/nix";
import type { DeploymentKey, Host } from "@flurry/schema";

import { MadeKey } from "./made-key.ts";

/** Where the values of keys come from. */
export interface KeyMakerOptions {
  /** The absolute directory of the flake: where commands run, and what the paths of files are relative to. */
  readonly directory: string;
  /** The flake; only asked for where keys have a text. */
  readonly flake: () => Promise<LockedFlake>;
  /** The hosts whose keys may be wanted. */
  readonly hosts: readonly Host[];
  readonly nix: NixContext;
  readonly signal: AbortSignal;
  /**
   * Milliseconds that a command may take; somebody may have to touch a token or type a passphrase.
   *
   * @default 120000
   */
  readonly commandTimeoutMs?: number;
}

/**
 * Makes all keys of a host.
 *
 * @throws FlurryError FLURRY_KEY_NOT_MADE with the names of host and key and never the value
 */
export type MakeKeys = (host: Host) => Promise<readonly MadeKey[]>;

/** Where keys are made. */
export interface KeyPlace {
  /** The absolute directory of the flake. */
  readonly directory: string;
}

/** The maker of the keys that a request asks for; undefined when it asks for none. */
export function keyMakerOf(
  { keys }: { readonly keys?: KeyPlace },
  source: Pick<KeyMakerOptions, "flake" | "hosts">,
  { nix, signal }: Pick<KeyMakerOptions, "nix" | "signal">,
): MakeKeys | undefined {
  return keys === undefined ? undefined : keyMaker({ ...source, ...keys, nix, signal });
}

/** Nobody's key is larger. */
const maxBytes = 16 * 1024 * 1024;

/** Makes keys on this machine: nothing is written, and what is read is only held in memory. */
export function keyMaker(options: KeyMakerOptions): MakeKeys {
  let texts: Promise<KeyTexts> | undefined;
  const readTexts = async (): Promise<KeyTexts> => await (texts ??= textsOf(options));
  return async (host) =>
    await Promise.all((host.keys ?? []).map(async (key) => await made(host.name, key, { ...options, readTexts })));
}

async function textsOf({ flake, hosts, nix, signal }: KeyMakerOptions): Promise<KeyTexts> {
  return await readKeyTexts(await flake(), textNames(hosts), { context: nix, signal });
}

/** The names of the keys whose text has to be asked for. */
export function textNames(hosts: readonly Host[]): KeyNames {
  const named = hosts.map(({ name, keys = [] }) => {
    const texts = keys.filter(({ source }) => source.kind === "text");
    return [name, texts.map((key) => key.name)] as const;
  });
  return Object.fromEntries(named.filter(([, names]) => names.length > 0));
}

interface Makings extends KeyMakerOptions {
  readonly readTexts: () => Promise<KeyTexts>;
}

async function made(host: string, key: DeploymentKey, makings: Makings): Promise<MadeKey> {
  const value = await valueOf(host, key, makings);
  if (value.length > maxBytes) throw notMade(host, key, `it has more than ${maxBytes} bytes`);
  return new MadeKey(key, value);
}

async function valueOf(host: string, key: DeploymentKey, makings: Makings): Promise<Uint8Array> {
  const { source } = key;
  switch (source.kind) {
    case "text": {
      const text = (await makings.readTexts())[host]?.[key.name];
      if (text === undefined) throw notMade(host, key, "the flake has no text for it");
      return Buffer.from(text);
    }
    case "file":
      return await contentOf(host, key, resolve(makings.directory, source.path));
    case "command":
      return await outputOf(host, key, { words: source.words, makings });
  }
}

async function contentOf(host: string, key: DeploymentKey, path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const why = FlurryError.from(cause).message;
    throw notMade(host, key, `its file cannot be read: ${why}`);
  }
}

async function outputOf(
  host: string,
  key: DeploymentKey,
  {
    words: [file, ...args],
    makings: { directory, nix, signal, commandTimeoutMs = 120_000 },
  }: { readonly words: readonly [string, ...string[]]; readonly makings: Makings },
): Promise<Uint8Array> {
  const limits = { signal, timeoutMs: commandTimeoutMs, maxOutputBytes: maxBytes };
  const place = { cwd: directory, env: nix.env, encoding: "latin1" as const };
  const running = runProcess(file, args, { ...place, ...limits }).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw notMade(host, key, `its command came to nothing: ${FlurryError.from(cause).message}`);
  });
  const { exitCode, signal: ending, stdout } = await running;
  // A pipe whose first part failed ends like this.
  if (exitCode === 0 && stdout === "") throw notMade(host, key, "its command printed nothing");
  if (exitCode === 0) return Buffer.from(stdout, "latin1");
  // Whatever it wrote, to whichever stream, may be the key.
  const how = exitCode === null ? `was ended by ${ending ?? "a signal"}` : `ended with exit code ${exitCode}`;
  throw notMade(host, key, `its command ${how}`, `Run it by hand in ${directory}: ${file} …`);
}

function notMade(host: string, key: DeploymentKey, why: string, hint?: string): FlurryError {
  return new FlurryError("FLURRY_KEY_NOT_MADE", `the key ${key.name} of ${host} has no value: ${why}`, {
    host,
    hint: hint ?? `See deployment.keys.${JSON.stringify(key.name)} of ${host}; --no-keys deploys without keys.`,
  });
}
