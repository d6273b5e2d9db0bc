import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError } from "@flurry/core";
import type { FleetEvent } from "@flurry/core";
import * as z from "zod";

import { parseHeader } from "./journal-header.ts";
import type { JournalHeader } from "./journal-header.ts";
import { isAlive } from "./process-identity.ts";
import type { RunHost, RunRecord, RunStage } from "./run-record.ts";

const ending = ".ndjson";

/** The ids of the runs that left a journal, the newest first. */
export async function runIds(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  // Run ids begin with their time.
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .sort()
    .toReversed();
}

/**
 * The id of the run that a user means: the whole id, its beginning, its end, or `last`.
 *
 * @throws FlurryError FLURRY_RUN_NOT_FOUND
 */
export function findRunId(ids: readonly string[], wish: string): string {
  const [newest] = ids;
  if (wish === "last" && newest !== undefined) return newest;
  const exact = ids.find((id) => id === wish);
  const found = exact === undefined ? ids.filter((id) => id.startsWith(wish) || id.endsWith(wish)) : [exact];
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  throw new FlurryError(
    "FLURRY_RUN_NOT_FOUND",
    only === undefined ? `no run here is called ${wish}` : `several runs are called ${wish}…: ${found.join(", ")}`,
    { hint: "`flurry runs` lists them." },
  );
}

/**
 * Reads the journal of a run. What its writer had no time to write in full is left out.
 *
 * @throws FlurryError FLURRY_RUN_NOT_FOUND when there is none, or it is no journal
 */
export async function readJournal(directory: string, runId: string): Promise<RunRecord> {
  const file = join(directory, `${runId}${ending}`);
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new FlurryError("FLURRY_RUN_NOT_FOUND", `there is no journal ${file}`, { cause });
  });
  const values = text.split("\n").flatMap(parsed);
  const header = values.map(parseHeader).find((each) => each !== undefined);
  const events = values.flatMap((value) => (isEvent(value) ? [value] : []));
  if (header === undefined && events.length === 0)
    throw new FlurryError("FLURRY_RUN_NOT_FOUND", `${file} is no journal of a run`);
  const isRunning = header?.process !== undefined && (await isAlive(header.process));
  return recordOf(events, { runId, file, header, isRunning });
}

function parsed(line: string): readonly unknown[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

const eventSchema = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.literal("run-started"), at: z.number(), hosts: z.array(z.string()), command: z.string() }),
  z.looseObject({ kind: z.literal("run-finished"), at: z.number(), exitCode: z.number() }),
  z.looseObject({ kind: z.literal("planned"), host: z.string(), drvPath: z.string(), outPath: z.string() }),
  z.looseObject({ kind: z.literal("stage-started"), at: z.number(), host: z.string(), stage: z.string() }),
  z.looseObject({ kind: z.literal("stage-finished"), at: z.number(), host: z.string(), stage: z.string() }),
  z.looseObject({ kind: z.literal("failure"), error: z.looseObject({ code: z.string(), message: z.string() }) }),
  z.looseObject({
    kind: z.literal("verdict"),
    verdict: z.looseObject({ host: z.string(), status: z.string(), durationMs: z.number() }),
  }),
]);

function isEvent(value: unknown): value is FleetEvent {
  return eventSchema.safeParse(value).success;
}

/** What the events of a run come to. */
function recordOf(
  events: readonly FleetEvent[],
  about: {
    readonly runId: string;
    readonly file: string;
    readonly header: JournalHeader | undefined;
    readonly isRunning: boolean;
  },
): RunRecord {
  const { runId, file, header, isRunning } = about;
  const started = events.find((event) => event.kind === "run-started");
  const finished = events.findLast((event) => event.kind === "run-finished");
  const unfinished = isRunning ? "running" : "broken-off";
  return {
    runId,
    file,
    ...beginningOf(started, header),
    state: finished === undefined ? unfinished : "finished",
    hosts: (started?.hosts ?? []).map((host) => hostOf(host, events)),
    errors: events.flatMap((event) => (event.kind === "failure" && event.host === undefined ? [event.error] : [])),
    ...(finished === undefined ? {} : { finishedAt: finished.at, exitCode: finished.exitCode }),
    ...(header === undefined ? {} : { header, operator: header.operator }),
  };
}

/** A run that died early left its header alone. */
function beginningOf(
  started: Extract<FleetEvent, { readonly kind: "run-started" }> | undefined,
  header: JournalHeader | undefined,
): Pick<RunRecord, "command" | "goal" | "source" | "startedAt"> {
  if (started !== undefined) {
    const { command, goal, source, at } = started;
    return { command, goal, source, startedAt: at };
  }
  const { command = "", goal = "", at = 0, flake } = header ?? {};
  return { command, goal, source: flake?.original ?? "", startedAt: at };
}

function hostOf(host: string, events: readonly FleetEvent[]): RunHost {
  const own = events.filter((event) => ("host" in event ? event.host === host : isVerdictOf(event, host)));
  const verdict = own.findLast((event) => event.kind === "verdict")?.verdict;
  const planned = own.findLast((event) => event.kind === "planned");
  return {
    host,
    stages: stagesOf(own),
    errors: own.flatMap((event) => (event.kind === "failure" ? [event.error] : [])),
    ...(verdict === undefined ? {} : { verdict }),
    ...(planned === undefined
      ? {}
      : { planned: { drvPath: planned.drvPath, outPath: planned.outPath, before: planned.before } }),
  };
}

function isVerdictOf(event: FleetEvent, host: string): boolean {
  return event.kind === "verdict" && event.verdict.host === host;
}

function stagesOf(own: readonly FleetEvent[]): readonly RunStage[] {
  const stages: RunStage[] = [];
  for (const event of own) {
    if (event.kind === "stage-started") stages.push({ stage: event.stage, startedAt: event.at, ...noteOf(event) });
    if (event.kind !== "stage-finished") continue;
    const { stage, durationMs, outcome } = event;
    const open = stages.findLastIndex((each) => each.stage === stage && each.outcome === undefined);
    const known = stages[open] ?? { stage, startedAt: event.at - durationMs };
    stages.splice(open < 0 ? stages.length : open, 1, { ...known, durationMs, outcome, ...noteOf(event) });
  }
  return stages;
}

function noteOf({ note }: { readonly note?: string }): { readonly note?: string } {
  return note === undefined ? {} : { note };
}
