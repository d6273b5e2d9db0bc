import type { FleetEvent } from "@flurry/core";

import type { Colors } from "./colors.ts";
import { nameList } from "./measures.ts";
import { plainLine, warningText } from "./plain-text.ts";

const shownHosts = 4;

/**
 * What the evaluations warned of, for faces that have no room for it before the run is over. Each warning stands once,
 * however many hosts it is about.
 *
 * @returns lines without final line feeds
 */
export function lateWarnings(events: readonly FleetEvent[], colors: Colors): readonly string[] {
  const hostsOf = new Map<string, Set<string>>();
  for (const event of events) {
    if (!isEvaluationWarning(event)) continue;
    const line = warningText(event.line);
    const hosts = hostsOf.get(line) ?? new Set();
    hostsOf.set(line, event.host === undefined ? hosts : hosts.add(plainLine(event.host)));
  }
  return [...hostsOf].map(([line, hosts]) => {
    const about = hosts.size === 0 ? "" : `${nameList([...hosts], shownHosts)}: `;
    return `${colors.yellow("warning")}: ${about}${line}`;
  });
}

/** True for a warning that an evaluation gave out, or that is about the cache of evaluations. */
export function isEvaluationWarning(event: FleetEvent): event is Extract<FleetEvent, { readonly kind: "log" }> {
  return event.kind === "log" && event.stage === "evaluate" && event.level === "warn";
}
