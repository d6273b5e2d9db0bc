import { appendFileSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";

import type { FleetEvent } from "@flurry/core";

import { checkRunId } from "../run-id.ts";
import type { JournalHeader } from "./journal-header.ts";

/** The record of a run on the deployer's disk as lines of JSON: a header, then one event a line. */
export interface Journal extends AsyncDisposable {
  /** The file: `<directory>/<run id>.ndjson`. */
  readonly file: string;
  /** Appends an event. Never throws; what cannot be written is told by {@link Journal.problem}. */
  readonly write: (event: FleetEvent) => void;
  /** Why the journal is incomplete, if it is. */
  readonly problem: () => Error | undefined;
}

/**
 * Begins the journal of a run.
 *
 * @param directory - usually `.flurry/runs` in the fleet's directory; made when it is missing
 * @throws FlurryError FLURRY_RUN_ID_INVALID
 */
export async function openJournal(directory: string, header: JournalHeader): Promise<Journal> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, `${checkRunId(header.runId)}.ndjson`);
  const handle = await open(file, "ax", 0o600);
  let problem: Error | undefined;
  // At once, not when there is time for it: what is written here is what is left of a deployer that is killed.
  const append = (line: object): void => {
    try {
      if (problem === undefined) appendFileSync(handle.fd, `${JSON.stringify(line)}\n`);
    } catch (error) {
      problem = error instanceof Error ? error : new Error(String(error));
    }
  };
  append(header);
  return {
    file,
    write: append,
    problem: () => problem,
    [Symbol.asyncDispose]: async () => {
      // A full disk must not turn a finished deployment into a failed one; `problem` tells.
      await handle.close().catch((error: unknown) => {
        problem ??= error instanceof Error ? error : new Error(String(error));
      });
    },
  };
}
