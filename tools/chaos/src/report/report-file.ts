import { readFile } from "node:fs/promises";

import { atomicWrite, FlurryError } from "@flurry/core";

import type { CampaignState } from "./tally.ts";

/** What a report says of how a campaign was begun: who goes on with it has to do the same. */
export interface CampaignFrame {
  readonly seed: number;
  readonly from: number;
  readonly rounds: number;
  readonly hosts: number;
  readonly init: string;
}

/** A report, as it is written after every round. */
export type CampaignReport = CampaignFrame & CampaignState & { readonly startedAt: string };

/** Writes a report so that a reader never sees half of it. */
export async function writeReport(file: string, report: CampaignReport): Promise<void> {
  await atomicWrite(file, `${JSON.stringify(report, undefined, 2)}\n`);
}

/**
 * Reads the report of a campaign that was interrupted.
 *
 * @throws FlurryError FLURRY_USAGE
 */
export async function readReport(file: string): Promise<CampaignReport> {
  try {
    const report = JSON.parse(await readFile(file, "utf8")) as CampaignReport;
    if (Array.isArray(report.done) && Number.isInteger(report.seed)) return report;
  } catch (cause) {
    throw new FlurryError("FLURRY_USAGE", `${file} is no report to go on with`, { cause });
  }
  throw new FlurryError("FLURRY_USAGE", `${file} is no report to go on with`);
}
