import { FlurryError } from "@flurry/core";

import { readJournal, runIds } from "./read-journal.ts";
import type { RunRecord } from "./run-record.ts";

/**
 * The runs that left a journal in a directory, the newest first. A run that another one went on with names it.
 *
 * @param limit - how many at most
 */
export async function listRuns(directory: string, limit: number): Promise<readonly RunRecord[]> {
  const ids = (await runIds(directory)).slice(0, limit);
  const records = await Promise.all(
    ids.map((id) => readJournal(directory, id).catch((error: unknown) => FlurryError.from(error))),
  );
  const readable = records.flatMap((record) => (record instanceof FlurryError ? [] : [record]));
  const resumed = new Map(readable.flatMap(({ header, runId }) => (header?.resumes ? [[header.resumes, runId]] : [])));
  return readable.map((record) => {
    const resumedBy = resumed.get(record.runId);
    return resumedBy === undefined ? record : { ...record, resumedBy };
  });
}
