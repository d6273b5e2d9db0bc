import { FlurryError } from "@flurry/core";

import type { Share, Shareable } from "./jump-pool.ts";
import { formatJumpHosts, parseJumpHosts } from "./names.ts";
import type { SshContext, SshTarget } from "./target.ts";

/** How many jump hosts may lie on the way to a host. */
export const maxJumps = 8;

/** Milliseconds that a connection to a jump host may take on which several hosts wait. */
const sharedHopTimeoutMs = 30_000;

/** A jump host, which has one address. */
export type JumpTarget = SshTarget & { readonly addresses: readonly [string] };

/**
 * The last jump host on the way to a host, which is itself reached through those before it.
 *
 * @throws FlurryError FLURRY_SSH_CONFIG_INVALID, FLURRY_SSH_UNSAFE_NAME
 */
export function jumpTarget(name: string, proxyJump: string): JumpTarget {
  const jumps = parseJumpHosts(proxyJump);
  const last = jumps.at(-1);
  if (last === undefined || jumps.length > maxJumps) throw tooManyJumps(name);
  const before = formatJumpHosts(jumps.slice(0, -1));
  const { host, user, port } = last;
  return {
    name: `jump host ${host}`,
    addresses: [host],
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
    ...(before === "" ? {} : { jump: before }),
  };
}

/** What is said of jump hosts that lead round in circles, or of a way that is too long to be meant. */
export function tooManyJumps(name: string): FlurryError {
  return new FlurryError("FLURRY_SSH_CONFIG_INVALID", `${name} is reached through more than ${maxJumps} jump hosts`, {
    hint: "Look for jump hosts that have each other as ProxyJump.",
  });
}

/** Opens a connection to a jump host, or takes part in the one that others of the run use. */
export async function shareHop<T extends Shareable>(
  open: (limit: AbortSignal) => Promise<T>,
  { key, context, signal }: { readonly key: string; readonly context: SshContext; readonly signal: AbortSignal },
): Promise<Share<T>> {
  if (context.jumps === undefined) {
    const hop = await open(signal);
    return { value: hop, release: () => hop.close() };
  }
  const timeoutMs = context.connectTimeoutMs ?? sharedHopTimeoutMs;
  return await context.jumps.share(key, () => open(AbortSignal.timeout(timeoutMs)), signal);
}
