import type { FleetEvent } from "@flurry/core";

import { colorsFor } from "./colors.ts";
import { renderError } from "./error.ts";
import { evidence } from "./host-line.ts";
import { timeSpan } from "./measures.ts";
import { plainLine } from "./plain-text.ts";
import { stageNames } from "./stage-names.ts";

const view = { colors: colorsFor(false), verbose: true };

/** The host that an event is about, if it is about one. */
export function hostOf(event: FleetEvent): string | undefined {
  if (event.kind === "verdict") return event.verdict.host;
  return "host" in event ? event.host : undefined;
}

/** What an event says in the log of its host: every line with the time, everything in full. */
export function logLines(event: FleetEvent): readonly string[] {
  const time = new Date(event.at).toISOString();
  return textsOf(event).map((text) => `${time} ${text}`.trimEnd());
}

function textsOf(event: FleetEvent): readonly string[] {
  switch (event.kind) {
    case "stage-started":
      return [`== ${stageNames[event.stage]}${noteOf(event.note)}`];
    case "stage-finished":
      return [
        `== ${stageNames[event.stage]}: ${event.outcome} after ${timeSpan(event.durationMs)}${noteOf(event.note)}`,
      ];
    case "log":
      return [`${event.level === "warn" || event.level === "error" ? `${event.level}: ` : ""}${plainLine(event.line)}`];
    case "failure":
      return renderError(event.error, view).split("\n");
    case "verdict": {
      const { verdict } = event;
      const evident = evidence({ name: verdict.host, tail: [], verdict });
      return [
        `== ${verdict.status} after ${timeSpan(verdict.durationMs)}${noteOf(evident === "" ? undefined : evident)}`,
      ];
    }
    // Measures, and what is about the whole run.
    default:
      return [];
  }
}

function noteOf(note: string | undefined): string {
  return note === undefined ? "" : ` (${plainLine(note)})`;
}
