import { metadataCall } from "./flake/metadata-call.ts";
import { portableReference } from "./flake/portable-reference.ts";
import { parseNixVersion, settingsCommand } from "./process/capabilities.ts";
import { beginCall } from "./process/early-call.ts";
import type { BegunCall } from "./process/early-call.ts";
import type { NixContext } from "./process/nix-context.ts";

/**
 * Begins what `lockFlake` does first, so that nix works while the rest of this package is loaded: a program does this
 * before it imports `@flurry/nix`. What `lockFlake` throws it throws as ever.
 *
 * @param context - its `env` has to be the very object that `lockFlake` is called with
 * @returns ends what nobody has asked for
 */
export function beginLock(ref: string, context: NixContext): Disposable {
  const portable = portableReference(ref, context.cwd);
  const plain = { ...context, extraArgs: [] };
  const calls = new DisposableCalls();
  const version = calls.add(beginCall(plain, { command: [], args: ["--version"], timeoutMs: 20_000 }));
  calls.add(beginCall({ ...context, cwd: portable.cwd }, { ...metadataCall(portable.ref), timeoutMs: 600_000 }));
  void beginSettings(version, plain, calls);
  return calls;
}

/** How nix is asked for its settings depends on its version. */
async function beginSettings(version: BegunCall, context: NixContext, calls: DisposableCalls): Promise<void> {
  // Why there is no version is told by whoever asks for it.
  const stdout = await version.result.then(
    (result) => result.stdout,
    () => "",
  );
  const known = parseNixVersion(stdout);
  if (known === undefined || calls.isDisposed) return;
  calls.add(beginCall(context, { command: settingsCommand(known), args: ["--json"], timeoutMs: 20_000 }));
}

class DisposableCalls implements Disposable {
  readonly #calls: BegunCall[] = [];
  isDisposed = false;

  add(call: BegunCall): BegunCall {
    this.#calls.push(call);
    return call;
  }

  [Symbol.dispose](): void {
    this.isDisposed = true;
    for (const call of this.#calls) call[Symbol.dispose]();
  }
}
