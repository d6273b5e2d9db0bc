import { FlurryError, isStorePath } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import type { Profile } from "@flurry/schema";

import { factsOf } from "../host/facts.ts";
import type { HostFacts } from "../host/facts.ts";
import type { HostLink } from "../host/host-link.ts";
import type { Reply } from "../host/reply.ts";
import type { HostVerdict } from "../host/report.ts";
import { runOnce, scriptWith } from "../host/supervisor.ts";
import { profileQuestion } from "../profiles/profile-words.ts";
import { recordedRuns } from "./recorded-run.ts";
import type { RecordedRun } from "./recorded-run.ts";

/** One generation of a host's system profile, or of one beside it. */
export interface Generation {
  readonly number: number;
  /** The system, or the package of the profile. */
  readonly system: StorePath;
  /** Seconds since the epoch, by the host's clock. */
  readonly madeAt: number;
  /** False when it is not in the host's store any more. */
  readonly isPresent: boolean;
  /** How the last run that tried it ended on the host, as far as it remembers. */
  readonly lastVerdict: HostVerdict | undefined;
}

/** What a host is like, and what it could go back to. */
export interface HostHistory {
  readonly facts: HostFacts;
  /** By number, the lowest first. */
  readonly generations: readonly Generation[];
  /** Those of the profiles that were asked about, by profile. */
  readonly profiles: ReadonlyMap<string, readonly Generation[]>;
  /** The oldest first. */
  readonly runs: readonly RecordedRun[];
  /** What the closure that was asked about lacks on the host's disk; empty when it is whole. */
  readonly lacking: readonly string[];
  /** What the packages of profiles that were asked about lack, by package. */
  readonly lackingOf: ReadonlyMap<string, readonly string[]>;
}

/** What to ask about. */
export interface HistoryQuestion {
  /** A generation's number or a system whose closure is to be looked at. */
  readonly wanted?: number | StorePath | undefined;
  /** Packages of profiles whose closures are to be looked at. */
  readonly packages?: readonly StorePath[];
  /** Profiles whose generations are wanted. */
  readonly profiles?: readonly Profile[];
  readonly signal: AbortSignal;
}

/**
 * Asks a host for its generations. Changes nothing on it.
 *
 * @throws FlurryError of the ssh package, FLURRY_SUDO_REFUSED, FLURRY_HOST_UNSUITABLE
 */
export async function readHistory(
  link: HostLink,
  { wanted, packages = [], profiles = [], signal }: HistoryQuestion,
): Promise<HostHistory> {
  const checks = [...(wanted === undefined ? [] : [String(wanted)]), ...packages.map((path) => `package:${path}`)];
  const words = runOnce("generations", [checks.join(" "), ...profiles.map(profileQuestion)]);
  // A closure of thousands of paths on a slow disk takes its time to be looked at.
  const timeoutMs = checks.length === 0 ? 30_000 : 120_000;
  const reply = await link.call(words, { stdin: scriptWith("generations"), signal, timeoutMs });
  return { facts: factsOf(reply, link.host.name), ...historyOf(reply, link.host.name) };
}

/** Reads the generations from a reply. */
export function historyOf(reply: Reply, host: string): Omit<HostHistory, "facts"> {
  const runs = recordedRuns(reply);
  // What only a test came to says nothing of the generation.
  const verdicts = new Map(runs.flatMap((run) => (run.goal === "test" ? [] : verdictsOf(run))));
  const generationOf = (line: string, name = ""): Generation => {
    const [number, madeAt, state, system = ""] = line.split(" ");
    if (!isStorePath(system))
      throw new FlurryError("FLURRY_HOST_UNSUITABLE", `generation ${number ?? "?"} is no store path: ${system}`, {
        host,
        hint: "Remove the link from /nix/var/nix/profiles, or make it one to a system.",
      });
    const isPresent = state === "present";
    const lastVerdict = verdicts.get(`${name} ${system}`);
    return { number: Number(number), system, madeAt: Number(madeAt), isPresent, lastVerdict };
  };
  return {
    generations: reply
      .all("kept_generation")
      .map((line) => generationOf(line))
      .sort(byNumber),
    profiles: new Map(
      [...byFirstWord(reply.all("profile_generation"))].map(([name, lines]) => [
        name,
        lines.map((line) => generationOf(line, name)).sort(byNumber),
      ]),
    ),
    runs,
    lacking: reply.all("lacking"),
    lackingOf: byFirstWord(reply.all("lacking_package")),
  };
}

/** What a run's verdict says of: its system, unless it left that alone, and its profiles. */
function verdictsOf({
  verdict,
  candidate,
  keepsSystem,
  profiles,
}: RecordedRun): readonly (readonly [string, HostVerdict])[] {
  const ofProfiles = profiles.map((one) => [`${one.profile.name} ${one.candidate}`, verdict] as const);
  return keepsSystem ? ofProfiles : [[` ${candidate}`, verdict], ...ofProfiles];
}

function byNumber(a: Generation, b: Generation): number {
  return a.number - b.number;
}

function byFirstWord(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, readonly string[]>();
  for (const line of lines) {
    const end = line.indexOf(" ");
    const word = line.slice(0, end);
    groups.set(word, [...(groups.get(word) ?? []), line.slice(end + 1)]);
  }
  return groups;
}
