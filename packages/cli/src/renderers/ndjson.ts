import type { FleetEvent } from "@flurry/core";
import type { RunReport } from "@flurry/deploy";

import { jsonLine, schemaVersion } from "./json-document.ts";

/** An event as a line of `--json`. */
export function eventLine(event: FleetEvent): string {
  return jsonLine(event);
}

/** The last line of `--json`: how the run ended. */
export function reportLine(report: RunReport): string {
  return jsonLine({ kind: "report", schemaVersion, ...report });
}
