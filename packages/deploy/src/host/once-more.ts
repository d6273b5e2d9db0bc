import { FlurryError, sleep } from "@flurry/core";
import type { FlurryErrorCode } from "@flurry/core";

/** A daemon that was killed is back after a second, a connection that broke may be. */
const pauseMs = 1500;

/** What a second attempt may mend: Nix or its connection ended in the middle, here or there. */
const passing: ReadonlySet<FlurryErrorCode> = new Set([
  "FLURRY_COPY_FAILED",
  "FLURRY_NIX_KILLED",
  "FLURRY_SSH_CONNECTION_LOST",
]);

/**
 * Copies, and once more when Nix was ended in the middle: what has arrived is not sent again.
 *
 * @param onRetry - told why, before the second attempt
 * @throws FlurryError the second failure, or the first when it is of another kind
 */
export async function onceMore<T>(
  copy: () => Promise<T>,
  { signal, onRetry }: { readonly signal: AbortSignal; readonly onRetry: (why: FlurryError) => void },
): Promise<T> {
  try {
    return await copy();
  } catch (error) {
    if (signal.aborted || !FlurryError.is(error) || !passing.has(error.code)) throw error;
    onRetry(error);
    await sleep(pauseMs, signal);
    return await copy();
  }
}
