import { FlurryError, isStorePath } from "@flurry/core";
import type { StorePath } from "@flurry/core";

import { factsOf } from "../host/facts.ts";
import type { HostFacts } from "../host/facts.ts";
import type { HostLink } from "../host/host-link.ts";
import type { Reply } from "../host/reply.ts";
import { isHostVerdict } from "../host/report.ts";
import type { HostVerdict } from "../host/report.ts";
import { runOnce, scriptWith } from "../host/supervisor.ts";

/** One generation of a host's system profile. */
export interface Generation {
  readonly number: number;
  readonly system: StorePath;
  /** Seconds since the epoch, by the host's clock. */
  readonly madeAt: number;
  /** False when its system is not in the host's store any more. */
  readonly isPresent: boolean;
  /** How the last run that tried this system ended on the host, as far as it remembers. */
  readonly lastVerdict: HostVerdict | undefined;
}

/** What a host is like, and what it could go back to. */
export interface HostHistory {
  readonly facts: HostFacts;
  /** By number, the lowest first. */
  readonly generations: readonly Generation[];
  /** What the closure that was asked about lacks on the host's disk; empty when it is whole. */
  readonly lacking: readonly string[];
}

/**
 * Asks a host for its generations. Changes nothing on it.
 *
 * @param wanted - a generation's number or a system whose closure is to be looked at
 * @throws FlurryError of the ssh package, FLURRY_SUDO_REFUSED, FLURRY_HOST_UNSUITABLE
 */
export async function readHistory(
  link: HostLink,
  { wanted, signal }: { readonly wanted?: number | StorePath | undefined; readonly signal: AbortSignal },
): Promise<HostHistory> {
  const words = runOnce("generations", wanted === undefined ? [] : [String(wanted)]);
  // A closure of thousands of paths on a slow disk takes its time to be looked at.
  const timeoutMs = wanted === undefined ? 30_000 : 120_000;
  const reply = await link.call(words, { stdin: scriptWith("generations"), signal, timeoutMs });
  return { facts: factsOf(reply, link.host.name), ...historyOf(reply, link.host.name) };
}

/** Reads the generations from a reply. */
export function historyOf(reply: Reply, host: string): Pick<HostHistory, "generations" | "lacking"> {
  const verdicts = new Map(
    reply.all("run_verdict").flatMap((line) => {
      const [verdict, goal, candidate] = line.split(" ");
      // What only a test or a look at it came to says nothing of the generation.
      return candidate !== undefined && isHostVerdict(verdict) && goal !== "test" ? [[candidate, verdict]] : [];
    }),
  );
  const generations = reply.all("kept_generation").map((line): Generation => {
    const [number, madeAt, state, system = ""] = line.split(" ");
    if (!isStorePath(system))
      throw new FlurryError("FLURRY_HOST_UNSUITABLE", `generation ${number ?? "?"} is no store path: ${system}`, {
        host,
        hint: "Remove the link from /nix/var/nix/profiles, or make it one to a system.",
      });
    const isPresent = state === "present";
    return { number: Number(number), system, madeAt: Number(madeAt), isPresent, lastVerdict: verdicts.get(system) };
  });
  return { generations: generations.sort((a, b) => a.number - b.number), lacking: reply.all("lacking") };
}
