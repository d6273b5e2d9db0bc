import { FlurryError, sleep } from "@flurry/core";

import type { HostLink } from "./host-link.ts";
import { throwIfRefused } from "./refusal.ts";
import type { Reply } from "./reply.ts";
import { reportOf } from "./report.ts";
import type { HostReport } from "./report.ts";
import { installAndRun, runVerb, supervisorScript } from "./supervisor.ts";

/** Seconds that the host itself waits in one `await`, so that the deployer need not ask again and again. */
const awaitSeconds = 20;

/** One run on one host, as the deployer talks to it. */
export class RemoteRun {
  readonly link: HostLink;
  readonly runId: string;

  constructor(link: HostLink, runId: string) {
    this.link = link;
    this.runId = runId;
  }

  /** Puts the supervisor on the host, takes the host's lock and opens the record. */
  async open(fields: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Reply> {
    const args = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
    return await this.#call(installAndRun(this.runId, "preflight", args), { signal, stdin: supervisorScript() });
  }

  /** Runs a verb of the installed supervisor. Refusals are thrown. */
  async verb(
    verb: string,
    args: readonly string[],
    options: { readonly signal: AbortSignal; readonly timeoutMs?: number; readonly stdin?: string },
  ): Promise<Reply> {
    return await this.#call(runVerb(this.runId, verb, args), options);
  }

  /** The state of the run, once it has what is waited for or a verdict; else its state after 20 seconds. */
  async awaitField(field: "tried" | "verdict", signal: AbortSignal): Promise<HostReport> {
    const timeoutMs = (awaitSeconds + 15) * 1000;
    return reportOf(await this.verb("await", [field, String(awaitSeconds)], { signal, timeoutMs }));
  }

  async status(signal: AbortSignal): Promise<HostReport> {
    return reportOf(await this.verb("status", [], { signal, timeoutMs: 15_000 }));
  }

  /** What the run's programs printed on the host. */
  async log(signal: AbortSignal): Promise<string> {
    const result = await this.link.run(runVerb(this.runId, "log"), {
      signal,
      timeoutMs: 15_000,
      maxOutputBytes: 1024 * 1024,
    });
    return result.stdout;
  }

  async #call(
    words: readonly string[],
    options: { readonly signal: AbortSignal; readonly timeoutMs?: number; readonly stdin?: string },
  ): Promise<Reply> {
    const reply = await this.link.call(words, options);
    throwIfRefused(reply, this.link.host.name);
    return reply;
  }
}

/**
 * Repeats an attempt while the host cannot be reached or has passing trouble. Anything else that goes wrong is thrown at once.
 *
 * @throws FlurryError the last failure, when `signal` aborts
 */
export async function untilReached<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let pauseMs = 250; ; pauseMs = Math.min(2000, pauseMs * 1.5)) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted || !isPassingTrouble(error)) throw error;
      await sleep(pauseMs, signal).catch(() => {
        throw error;
      });
    }
  }
}

// A shell that is killed says nothing; a new system may refuse to let anyone become root until the old one is back.
const passing: ReadonlySet<string> = new Set(["FLURRY_TIMEOUT", "FLURRY_REMOTE_COMMAND_FAILED", "FLURRY_SUDO_REFUSED"]);

/** True for failures that a host in transition can cause: no route, no sshd, another key for a moment, a broken session. */
export function isPassingTrouble(error: unknown): error is FlurryError {
  return FlurryError.is(error) && (error.code.startsWith("FLURRY_SSH_") || passing.has(error.code));
}
