import { abortReason, deadline, FlurryError, sleep } from "@flurry/core";
import type { HealthCheck } from "@flurry/schema";

import type { HostLink } from "../host/host-link.ts";
import { commandCheck } from "./command.ts";
import { httpCheck } from "./http.ts";
import { tcpCheck } from "./tcp.ts";
import { unitCheck } from "./unit.ts";

/** What a health check needs. */
export interface HealthContext {
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
}

/** Milliseconds between two tries of a check. */
const retryMs = 500;

/**
 * Runs every health check of a host, each again until it passes or its time is up.
 *
 * @throws FlurryError FLURRY_HEALTH_FAILED with what the first check that failed said last
 */
export async function checkHealth(link: HostLink, context: HealthContext): Promise<void> {
  await Promise.all(link.host.health.map((check) => untilHealthy(link, check, context)));
}

async function untilHealthy(link: HostLink, check: HealthCheck, { signal, env }: HealthContext): Promise<void> {
  using limit = deadline(check.timeoutMs, "a health check", signal);
  for (;;) {
    const complaint = await ask(link, check, { signal: limit.signal, env }).catch(complaintOf);
    if (complaint === undefined) return;
    if (signal.aborted) throw abortReason(signal, "a health check");
    await sleep(retryMs, limit.signal).catch(() => {});
    if (limit.signal.aborted) {
      throw new FlurryError("FLURRY_HEALTH_FAILED", complaint, {
        host: link.host.name,
        hint: "See `health` of this host in the fleet file.",
      });
    }
  }
}

/** One try of a check: undefined when it passed, else what is wrong. */
async function ask(link: HostLink, check: HealthCheck, context: HealthContext): Promise<string | undefined> {
  switch (check.kind) {
    case "unit":
      return await unitCheck(link, check, context);
    case "command":
      return await commandCheck(link, check, context);
    case "http":
      return await httpCheck(link, check, context);
    case "tcp":
      return await tcpCheck(link, check, context);
  }
}

function complaintOf(error: unknown): string {
  return FlurryError.from(error).message;
}
