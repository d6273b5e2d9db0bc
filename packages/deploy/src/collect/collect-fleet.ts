import { FlurryError } from "@flurry/core";
import type { FlurryErrorJson } from "@flurry/core";
import type { Host, Profile } from "@flurry/schema";

import { eachHost } from "../fleet/each-host.ts";
import { openLinks } from "../fleet/open-links.ts";
import type { HostLink } from "../host/host-link.ts";
import { throwIfRefused } from "../host/refusal.ts";
import { numberFact } from "../host/reply.ts";
import type { Reply } from "../host/reply.ts";
import { runOnce, scriptWith } from "../host/supervisor.ts";
import { profileQuestion } from "../profiles/profile-words.ts";
import { readHistory } from "../rollback/host-history.ts";
import type { RunContext } from "../run-context.ts";
import { chooseGenerations, chooseProfileGenerations } from "./choose-generations.ts";
import type { GenerationFate, KeepPolicy, ProfileGenerationFate } from "./choose-generations.ts";

/** What to collect where. */
export interface CollectRequest {
  /** Names the work on the hosts, for whoever finds them locked; see `newRunId`. */
  readonly runId: string;
  readonly hosts: readonly Host[];
  readonly policy: KeepPolicy;
  readonly parallel: number;
  /** Milliseconds that the collection itself may take on a host; what it has freed by then stays freed. */
  readonly timeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Only say what would be deleted. */
  readonly isDryRun: boolean;
}

/** What became of the generations and the garbage of one host. */
export interface CollectResult {
  readonly host: string;
  /** Every generation of the host; empty when it could not be asked. */
  readonly generations: readonly GenerationFate[];
  /** The numbers that are gone now; with a dry run those that would be. */
  readonly deleted: readonly number[];
  /** The same for the profiles beside the system, where the fleet has any for the host. */
  readonly profiles?: readonly CollectedProfile[];
  /** Missing after a dry run. */
  readonly freedBytes?: number;
  readonly freedPaths?: number;
  /** True when the time was up before all garbage was collected. */
  readonly isUnfinished?: boolean;
  readonly error?: FlurryErrorJson;
  readonly durationMs: number;
}

/** What became of the generations of one profile. */
export interface CollectedProfile {
  readonly name: string;
  readonly user: string;
  readonly generations: readonly GenerationFate[];
  /** As with the system. */
  readonly deleted: readonly number[];
}

/** Deletes old generations of hosts and collects their garbage. A host that fails is a result, not an exception. */
export async function collectFleet(request: CollectRequest, context: RunContext): Promise<readonly CollectResult[]> {
  const { hosts, parallel } = request;
  await using links = openLinks(hosts, context.ssh);
  const results = new Map<string, CollectResult>();
  await eachHost(links.all, parallel, async (link) => {
    const { name: host } = link.host;
    const startedAt = performance.now();
    const told = await collectOn(link, request, context).catch((error: unknown) => ({
      generations: [],
      deleted: [],
      error: FlurryError.from(error).withHost(host).toJSON(),
    }));
    results.set(host, { host, ...told, durationMs: performance.now() - startedAt });
  });
  return hosts.flatMap(({ name }) => results.get(name) ?? []);
}

async function collectOn(
  link: HostLink,
  { runId, policy, timeoutMs, now, isDryRun }: CollectRequest,
  { operator, signal }: RunContext,
): Promise<Omit<CollectResult, "host" | "durationMs">> {
  const { profiles = [] } = link.host;
  const history = await readHistory(link, { profiles, signal });
  const generations = chooseGenerations(history, policy, now);
  const chosen = generations.flatMap(({ number, fate }) => (fate === "delete" ? [number] : []));
  const ofProfiles = chosenOfProfiles(profiles, chooseProfileGenerations(history, policy, now));
  if (isDryRun) return { generations, deleted: chosen, ...orMissing(ofProfiles) };
  const words = profiles.flatMap((profile, at) => {
    const numbers = ofProfiles[at]?.deleted ?? [];
    return numbers.length === 0 ? [] : [`${profileQuestion(profile)} ${numbers.join(" ")}`];
  });
  const args = [runId, operator, String(Math.ceil(timeoutMs / 1000)), ...chosen.map(String), ...words];
  const reply = await link.call(runOnce("collect", args), {
    stdin: scriptWith("collect"),
    signal,
    // The generations and the boot menu have deadlines of their own on the host.
    timeoutMs: timeoutMs + 600_000,
  });
  refuseFailure(reply.one("refused"), link.host.name, reply.lines);
  throwIfRefused(reply, link.host.name);
  const code = numberFact(reply, "collect_code");
  const isUnfinished = code === 124 || code === 137;
  if (code !== 0 && !isUnfinished) throw failed("its garbage could not be collected", link.host.name, reply.lines);
  const deleted = reply.all("deleted_generation").map(Number);
  const done = ofProfiles.map((profile) => ({ ...profile, deleted: deletedOf(profile.name, reply) }));
  return { generations, deleted, ...orMissing(done), isUnfinished, ...freed(reply.lines) };
}

function chosenOfProfiles(
  profiles: readonly Profile[],
  fates: readonly ProfileGenerationFate[],
): readonly CollectedProfile[] {
  return profiles.map(({ name, user }) => {
    const generations = fates.flatMap(({ profile, ...fate }) => (profile === name ? [fate] : []));
    return {
      name,
      user,
      generations,
      deleted: generations.flatMap(({ number, fate }) => (fate === "delete" ? [number] : [])),
    };
  });
}

function deletedOf(profile: string, reply: Reply): readonly number[] {
  return reply.all("deleted_profile_generation").flatMap((line) => {
    const [name, number] = line.split(" ");
    return name === profile ? [Number(number)] : [];
  });
}

function orMissing(profiles: readonly CollectedProfile[]): Pick<CollectResult, "profiles"> {
  return profiles.length === 0 ? {} : { profiles };
}

function refuseFailure(reason: string | undefined, host: string, lines: readonly string[]): void {
  if (reason === "collect boots-once")
    throw new FlurryError("FLURRY_COLLECT_FAILED", "it was rebooted into a system that nobody has seen running yet", {
      host,
      hint: `Deploy it or take it back first: until then its boot menu is needed as it is. \`flurry status ${host}\` tells what it runs.`,
    });
  if (reason === "collect generations") throw failed("its generations could not be deleted", host, lines);
  if (reason === "collect profiles")
    throw failed("the generations of a profile could not be deleted, so nothing was collected", host, lines);
  if (reason === "collect boot-menu")
    throw failed("its boot menu could not be made anew, so nothing was collected", host, lines);
}

function failed(message: string, host: string, lines: readonly string[]): FlurryError {
  const details = lines.join("\n");
  return new FlurryError("FLURRY_COLLECT_FAILED", message, { host, ...(details === "" ? {} : { details }) });
}

const unitBytes: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** Reads what `nix-store --gc` says at its end: `12 store paths deleted, 3.45 MiB freed`. */
export function freed(lines: readonly string[]): { readonly freedBytes?: number; readonly freedPaths?: number } {
  for (const line of lines.toReversed()) {
    const match = /^(\d+) store paths deleted, ([\d.]+) (\w+) freed$/.exec(line.trim());
    const [, paths, amount, unit = ""] = match ?? [];
    if (paths !== undefined)
      return { freedPaths: Number(paths), freedBytes: Math.round(Number(amount) * (unitBytes[unit] ?? 1)) };
  }
  return {};
}
