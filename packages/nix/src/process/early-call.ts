import { abortReason, runProcess } from "@flurry/core";
import type { ProcessResult } from "@flurry/core";

import { nixArguments } from "./nix-arguments.ts";
import type { NixContext } from "./nix-context.ts";

/** A call that goes on; disposed of, it ends, if nobody has taken it. */
export interface BegunCall extends Disposable {
  readonly result: Promise<ProcessResult>;
}

interface EarlyCall {
  readonly result: Promise<ProcessResult>;
  readonly controller: AbortController;
}

/** By environment: what is begun for one is not for another. */
const begun = new WeakMap<NodeJS.ProcessEnv, Map<string, EarlyCall>>();

/**
 * Begins a call of nix before the code that reads its answer is loaded. `runNix` takes the answer when it is asked for the
 * very same call in the same environment, once.
 */
export function beginCall(
  context: NixContext,
  call: { readonly command: readonly string[]; readonly args: readonly string[]; readonly timeoutMs: number },
): BegunCall {
  const { cwd, env, nix = "nix" } = context;
  const words = nixArguments(context, call);
  const controller = new AbortController();
  const { timeoutMs } = call;
  const result = runProcess(nix, words, { cwd, env, timeoutMs, signal: controller.signal });
  // Told to whoever takes it.
  result.catch(() => {});
  const calls = begun.get(env) ?? new Map<string, EarlyCall>();
  begun.set(env, calls);
  const key = keyOf(nix, words, cwd);
  const early = { result, controller };
  calls.set(key, early);
  return {
    result,
    [Symbol.dispose]: () => {
      if (calls.get(key) !== early) return;
      calls.delete(key);
      controller.abort();
    },
  };
}

/** The end of a call that was begun before; undefined when there is none. From here on it ends with the signal. */
export function takeEarlyCall(
  { cwd, env, nix = "nix" }: NixContext,
  words: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ProcessResult> | undefined {
  const calls = begun.get(env);
  const key = keyOf(nix, words, cwd);
  const early = calls?.get(key);
  if (early === undefined) return undefined;
  calls?.delete(key);
  return followed(early, nix, signal);
}

async function followed(
  { result, controller }: EarlyCall,
  program: string,
  signal: AbortSignal | undefined,
): Promise<ProcessResult> {
  const abort = (): void => controller.abort(abortReason(signal, program));
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await result;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function keyOf(program: string, words: readonly string[], cwd: string): string {
  return JSON.stringify([program, cwd, words]);
}
