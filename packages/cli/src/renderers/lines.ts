import type { FleetEvent, FlurryErrorJson, Stage, Verdict } from "@flurry/core";

import type { Colors } from "./colors.ts";
import { renderError } from "./error.ts";
import { gateText } from "./gate-text.ts";
import { evidence, progressText } from "./host-line.ts";
import { byteSize, clock, count, timeSpan } from "./measures.ts";
import { phaseOf } from "./phase.ts";
import { plainLine, plainText, warningText } from "./plain-text.ts";
import type { HostState, RunState } from "./reduce.ts";
import { isCached, stageNames, verdictColors, verdictSigns } from "./stage-names.ts";
import { padEnd, widest } from "./width.ts";

/** How lines are made. */
export interface LinesView {
  readonly colors: Colors;
  /** Show every line that programs print, not only warnings and errors. */
  readonly verbose: boolean;
}

// Stages that pass before anybody could wonder.
const quickStages: ReadonlySet<Stage> = new Set<Stage>(["preflight", "arm", "commit", "disarm"]);
const longMs = 3000;

/**
 * What an event has to say in a log that is read line by line, without final line feeds.
 * Each line names its host; what belongs together stands together.
 *
 * @param before - the state of the run before the event
 */
export function linesOf(event: FleetEvent, before: RunState, view: LinesView): readonly string[] {
  if (isSilent(event)) return [];
  switch (event.kind) {
    case "stage-started":
      return tellsStart(event, view) ? prefixed(startedText(event), event.host, before, view) : [];
    case "stage-finished":
      return tellsEnd(event, before, view) ? prefixed(finishedText(event, before, view), event.host, before, view) : [];
    case "log":
      return isLoud(event) || view.verbose ? prefixed(logText(event, view), event.host, before, view) : [];
    case "failure":
      if (isToldByVerdict(event, before)) return [];
      return prefixed(renderError(behindPrefix(event.error, event.host), view), event.host, before, view);
    case "gate":
      return [view.colors.dim(gateText(event, event.at))];
    case "verdict":
      return verdictLines(event.verdict, before, view);
  }
}

type SilentEvent = EventOf<"run-started" | "run-finished" | "planned" | "stage-progress">;

function isSilent(event: FleetEvent): event is FleetEvent & SilentEvent {
  return ["run-started", "run-finished", "planned", "stage-progress"].includes(event.kind);
}

type EventOf<K extends FleetEvent["kind"]> = Extract<FleetEvent, { readonly kind: K }>;

function tellsStart({ stage, note }: EventOf<"stage-started">, { verbose }: LinesView): boolean {
  return !isCached(stage, note) && (verbose || !quickStages.has(stage));
}

function startedText({ stage, note }: EventOf<"stage-started">): string {
  return `${stageNames[stage]}${note === undefined ? "" : ` (${plainLine(note)})`}`;
}

function tellsEnd(event: EventOf<"stage-finished">, before: RunState, { verbose }: LinesView): boolean {
  // How a failed stage failed is told by the failure that follows; skipped ones are of no interest.
  if (event.outcome !== "ok") return false;
  return verbose || event.durationMs >= longMs || measureOf(before.hosts.get(event.host), event.stage) !== "";
}

function finishedText(event: EventOf<"stage-finished">, before: RunState, { colors }: LinesView): string {
  const { host, stage, durationMs, note = "" } = event;
  if (isCached(stage, note)) return colors.dim("not evaluated again: cached");
  const measure = measureOf(before.hosts.get(host), stage);
  const parts = [`${stageNames[stage]} took ${timeSpan(durationMs)}`, measure, plainLine(note)];
  return colors.dim(parts.filter((part) => part !== "").join(", "));
}

function isToldByVerdict({ host, error }: EventOf<"failure">, before: RunState): boolean {
  const told = host === undefined ? undefined : before.hosts.get(host)?.verdict?.error;
  return told?.code === error.code && told.message === error.message;
}

// The host stands before the line already.
function behindPrefix(error: FlurryErrorJson, host: string | undefined): FlurryErrorJson {
  const { host: named, ...rest } = error;
  return named === host ? rest : error;
}

function isLoud({ level }: EventOf<"log">): boolean {
  return level === "warn" || level === "error";
}

function logText(event: EventOf<"log">, { colors }: LinesView): string {
  if (!isLoud(event)) return plainLine(event.line);
  return event.level === "warn"
    ? `${colors.yellow("warning")}: ${warningText(event.line)}`
    : `${colors.yellow("error")}: ${plainLine(event.line)}`;
}

function verdictLines(verdict: Verdict, before: RunState, view: LinesView): readonly string[] {
  const { colors } = view;
  if (verdict.status === "skipped") {
    const reason = verdict.error?.message ?? verdict.note;
    const why = reason === undefined ? "" : `: ${plainLine(reason)}`;
    return prefixed(`${verdictSigns.skipped} skipped${why}`, verdict.host, before, view);
  }
  const host = before.hosts.get(verdict.host);
  const told = verdict.error === undefined || host?.error !== undefined;
  const color = colors[verdictColors[verdict.status]];
  const evident = evidence({ name: verdict.host, tail: [], verdict });
  const word = color(`${verdictSigns[verdict.status]} ${verdict.status}`);
  const text = `${word} after ${timeSpan(verdict.durationMs)}${evident === "" ? "" : `: ${evident}`}`;
  const error =
    told || verdict.error === undefined ? [] : [renderError(behindPrefix(verdict.error, verdict.host), view)];
  return prefixed([...error, text].join("\n"), verdict.host, before, view);
}

function measureOf(host: HostState | undefined, stage: string): string {
  const progress = host?.stage?.name === stage ? host.stage.progress : undefined;
  if (progress === undefined || progress.done === 0) return "";
  return progress.unit === "bytes" ? byteSize(progress.done) : count(progress.done, progress.unit.replace(/s$/, ""));
}

function prefixed(text: string, host: string | undefined, state: RunState, { colors }: LinesView): readonly string[] {
  const names = [...state.hosts.keys()].map(plainLine);
  const name = plainLine(host ?? "");
  const prefix = colors.dim(`${padEnd(name, widest([...names, name], 24))} |`);
  return text.split("\n").map((line) => `${prefix} ${line}`.trimEnd());
}

/**
 * A sign of life that names what is waited for; undefined when nothing runs.
 *
 * @param now - milliseconds since the epoch
 */
export function heartbeat(state: RunState, now: number): string | undefined {
  const running = [...state.hosts.values()].filter((host) => phaseOf(host).kind === "running");
  if (running.length === 0) return undefined;
  const texts = running.map(({ name, stage, tail }) => {
    const measure = stage?.progress === undefined ? [] : [progressText(stage.progress)];
    const last = running.length === 1 ? tail.slice(-1).map((line) => `last line: ${plainText(line)}`) : [];
    const about = [clock(now - (stage?.startedAt ?? now)), ...measure, ...last].join(", ");
    return `${plainLine(name)} ${stage === undefined ? "" : stageNames[stage.name]} (${about})`;
  });
  return `waiting for ${texts.join("; ")}`;
}
