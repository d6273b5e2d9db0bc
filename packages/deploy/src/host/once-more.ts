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
 * Does what may safely be done twice, and once more when Nix or the connection was ended in the middle: of a copy what has
 * arrived is not sent again.
 *
 * @param onRetry - told why, before the second attempt
 * @throws FlurryError the second failure, or the first when it is of another kind
 */
export async function onceMore<T>(
  step: () => Promise<T>,
  { signal, onRetry }: { readonly signal: AbortSignal; readonly onRetry: (why: FlurryError) => void },
): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (signal.aborted || !FlurryError.is(error) || !passing.has(error.code)) throw error;
    onRetry(error);
    await sleep(pauseMs, signal);
    return await step();
  }
}
