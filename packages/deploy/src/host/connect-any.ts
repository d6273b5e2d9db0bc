import { connect } from "@flurry/ssh";
import type { SshContext, SshSession, SshTarget } from "@flurry/ssh";

/** A session, and how it was reached. */
export interface Reached {
  readonly session: SshSession;
  readonly target: SshTarget;
}

/**
 * Connects in each of several ways at the same time and keeps the first session: one that waits for a place which is gone
 * must not use up the time of the other.
 *
 * @throws FlurryError the failure of the first way, when all have failed
 */
export async function connectAny(
  targets: readonly SshTarget[],
  context: SshContext,
  signal: AbortSignal,
): Promise<Reached> {
  const [only] = targets;
  if (only !== undefined && targets.length === 1)
    return { session: await connect(only, context, { signal }), target: only };
  const others = new AbortController();
  const options = { signal: AbortSignal.any([signal, others.signal]) };
  const attempts = targets.map(async (target) => ({ session: await connect(target, context, options), target }));
  try {
    const first = await Promise.any(attempts);
    for (const attempt of attempts)
      attempt.then(
        ({ session }) => (session === first.session ? undefined : session[Symbol.asyncDispose]()),
        () => {},
      );
    return first;
  } catch {
    // All have failed; the host's usual place tells most.
    return await (attempts[0] ?? Promise.reject(new RangeError("there is no way to the host")));
  } finally {
    others.abort();
  }
}
