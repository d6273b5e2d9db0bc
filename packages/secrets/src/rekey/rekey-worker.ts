import { FlurryError } from "@flurry/core";
import type { FlurryErrorJson } from "@flurry/core";
import { workerData } from "piscina";
import * as z from "zod";

import type { UnlockedIdentity } from "../age/identity-file.ts";
import { performJob, rekeyTools } from "./rekey-job.ts";
import type { RekeyJob, RekeyTools } from "./rekey-job.ts";

/** What came of one file in a worker thread. */
export type JobOutcome = { readonly after: Uint8Array } | { readonly error: FlurryErrorJson };

/** What a worker thread begins with. */
export interface RekeyWorkerData {
  readonly identities: readonly UnlockedIdentity[];
}

let tools: Promise<RekeyTools> | undefined;

/** Runs in a worker thread: keys some files anew. The private keys come with the start of the thread and stay in it. */
export async function rekeyFiles(jobs: readonly RekeyJob[]): Promise<JobOutcome[]> {
  tools ??= rekeyTools(z.custom<RekeyWorkerData>().parse(workerData));
  const ready = await tools;
  const outcomes: JobOutcome[] = [];
  for (const job of jobs) {
    try {
      outcomes.push({ after: await performJob(job, ready) });
    } catch (error) {
      outcomes.push({ error: FlurryError.from(error).toJSON() });
    }
  }
  return outcomes;
}
