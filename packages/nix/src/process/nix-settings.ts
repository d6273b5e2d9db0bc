import * as z from "zod";

import { knownNixVersion, settingsCommand } from "./capabilities.ts";
import { parseNixJson } from "./json-output.ts";
import { runNix } from "./nix-command.ts";
import type { NixContext } from "./nix-context.ts";

const settings = z.record(z.string(), z.looseObject({ value: z.unknown() }));

/** The settings of nix by name, as its files, environment and options make them. */
export type NixSettings = z.infer<typeof settings>;

/** How to ask for settings. */
export interface NixSettingsOptions {
  readonly signal?: AbortSignal;
  /**
   * Milliseconds for the call.
   *
   * @default 20000
   */
  readonly timeoutMs?: number;
}

const asked = new WeakMap<NixContext, Promise<NixSettings>>();

/**
 * Asks for what {@link nixSettings} will give next, while other things are done. A failure is left to that.
 *
 * @returns ends it, for when nobody will ask
 */
export function prepareNixSettings(context: NixContext, options: NixSettingsOptions): () => Promise<void> {
  const unwanted = new AbortController();
  const { signal } = options;
  const either = signal === undefined ? unwanted.signal : AbortSignal.any([signal, unwanted.signal]);
  const answer = askSettings(context, { ...options, signal: either });
  asked.set(context, answer);
  const forget = (): void => {
    if (asked.get(context) === answer) asked.delete(context);
  };
  answer.catch(forget);
  return async () => {
    forget();
    unwanted.abort();
    await answer.catch(() => {});
  };
}

/**
 * The settings of a context's nix: those that were prepared, once, or those of now.
 *
 * @throws FlurryError as runNix does; FLURRY_NIX_OUTPUT_INVALID
 */
export async function nixSettings(context: NixContext, options: NixSettingsOptions = {}): Promise<NixSettings> {
  const prepared = asked.get(context);
  asked.delete(context);
  return await (prepared?.catch(() => askSettings(context, options)) ?? askSettings(context, options));
}

async function askSettings(context: NixContext, options: NixSettingsOptions): Promise<NixSettings> {
  const version = await knownNixVersion(context, options);
  const what = "reading the settings of nix";
  const { timeoutMs = 20_000 } = options;
  const call = { command: settingsCommand(version), args: ["--json"], what, timeoutMs: Math.min(timeoutMs, 20_000) };
  const output = await runNix({ ...context, extraArgs: [] }, call, options);
  return parseNixJson(settings, output.stdout, what);
}
