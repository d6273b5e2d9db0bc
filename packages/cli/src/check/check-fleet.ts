import { FlurryError } from "@flurry/core";
import type { FlurryErrorJson, Issue } from "@flurry/core";
import { readFleetFile, renderPath } from "@flurry/schema";
import type { Fleet, FoundFleet } from "@flurry/schema";

import type { CheckFinding } from "./finding.ts";

/** What the fleet file says, or what is wrong with it. */
export interface FleetCheck {
  /** Missing without a fleet file, and when it has errors. */
  readonly fleet?: Fleet;
  readonly findings: readonly CheckFinding[];
}

/** Reads the fleet file, if there is one. */
export async function checkFleet({ fleetFile }: FoundFleet, signal: AbortSignal): Promise<FleetCheck> {
  if (fleetFile === undefined) return { findings: [] };
  const displayName = fleetFile.replace(/^.*[/\\]/, "");
  try {
    const read = await readFleetFile(fleetFile, { displayName, signal });
    const issues = read.ok ? read.warnings : read.issues;
    const findings = issues.map((issue) => issueFinding(issue, displayName, "fleet-file"));
    return read.ok ? { fleet: read.value, findings } : { findings };
  } catch (error) {
    signal.throwIfAborted();
    return { findings: [errorFinding(FlurryError.from(error).toJSON(), "fleet-file", displayName)] };
  }
}

/** An issue of a reader as a finding. */
export function issueFinding(
  { code, severity, path, message, place, hint }: Issue,
  file: string,
  rule: string = code,
): CheckFinding {
  const where = renderPath(path);
  return {
    rule,
    severity,
    message: where === "" ? message : `${where}: ${message}`,
    ...(hint === undefined ? {} : { hint }),
    file: place?.file ?? file,
    line: place?.line ?? 1,
    column: place?.column ?? 1,
  };
}

/** An error as a finding, at its own place where it has one. */
export function errorFinding(error: FlurryErrorJson, rule: string, file: string): CheckFinding {
  const { message, hint, place, host } = error;
  return {
    rule,
    severity: "error",
    message: host === undefined ? message : `${host}: ${message}`,
    ...(hint === undefined ? {} : { hint }),
    file: place?.file ?? file,
    ...(place?.line === undefined ? {} : { line: place.line }),
    ...(place?.column === undefined ? {} : { column: place.column }),
    ...(host === undefined ? {} : { host }),
  };
}
