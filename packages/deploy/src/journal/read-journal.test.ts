import { appendFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { FleetEvent } from "@flurry/core";
import { describe, expect, it } from "vitest";

import type { JournalHeader } from "./journal-header.ts";
import { openJournal } from "./journal.ts";
import { listRuns } from "./list-runs.ts";
import { isAlive, processIdentity } from "./process-identity.ts";
import { findRunId, readJournal } from "./read-journal.ts";
import { isDone } from "./run-record.ts";

const header: JournalHeader = {
  kind: "journal",
  at: 1,
  runId: "20261122T130501Z-3f9c2a7be01d4c55",
  command: "deploy",
  goal: "switch",
  operator: "alice@laptop",
  parallel: 4,
};

const events: readonly FleetEvent[] = [
  {
    at: 2,
    kind: "run-started",
    runId: header.runId,
    command: "deploy",
    goal: "switch",
    source: ".",
    hosts: ["nas", "web"],
  },
  { at: 3, kind: "planned", host: "nas", drvPath: "/d", outPath: "/new", before: "/old" },
  { at: 4, kind: "stage-started", host: "nas", stage: "copy" },
  { at: 9, kind: "stage-finished", host: "nas", stage: "copy", durationMs: 5, outcome: "ok" },
  { at: 9, kind: "stage-finished", host: "nas", stage: "arm", durationMs: 0, outcome: "skipped", note: "none" },
  { at: 9, kind: "stage-started", host: "web", stage: "try" },
  { at: 9, kind: "log", host: "web", level: "info", line: "anything" },
  { at: 9, kind: "failure", host: "web", error: { code: "FLURRY_TIMEOUT", message: "slow" } },
  { at: 10, kind: "verdict", verdict: { host: "nas", status: "deployed", durationMs: 8 } },
];

async function written(
  directory: string,
  more: readonly FleetEvent[] = [],
  change: Partial<JournalHeader> = {},
): Promise<string> {
  const own = { ...header, ...change };
  await using journal = await openJournal(directory, own);
  for (const event of [...events, ...more]) journal.write(event);
  return own.runId;
}

describe("readJournal", () => {
  it("tells what became of each host, and that nobody ended the run", async () => {
    await using dir = await tempDir("flurry-journal");
    const record = await readJournal(dir.path, await written(dir.path));
    expect(record).toMatchObject({ state: "broken-off", operator: "alice@laptop", startedAt: 2, source: "." });
    expect(record.hosts).toMatchObject([
      {
        host: "nas",
        planned: { outPath: "/new", before: "/old" },
        verdict: { status: "deployed" },
        stages: [
          { stage: "copy", startedAt: 4, durationMs: 5, outcome: "ok" },
          { stage: "arm", startedAt: 9, outcome: "skipped", note: "none" },
        ],
      },
      { host: "web", stages: [{ stage: "try", startedAt: 9 }], errors: [{ code: "FLURRY_TIMEOUT" }] },
    ]);
    expect(record.hosts.map(isDone)).toEqual([true, false]);
  });

  it("knows a run that ended, and the last of several verdicts", async () => {
    await using dir = await tempDir("flurry-journal");
    const record = await readJournal(
      dir.path,
      await written(dir.path, [
        { at: 11, kind: "verdict", verdict: { host: "nas", status: "reverted", durationMs: 9 } },
        { at: 12, kind: "run-finished", runId: header.runId, exitCode: 8, durationMs: 10 },
      ]),
    );
    expect(record).toMatchObject({ state: "finished", finishedAt: 12, exitCode: 8 });
    expect(record.hosts[0]?.verdict?.status).toBe("reverted");
  });

  it("knows a run whose deployer is at work from one whose number another process has", async () => {
    await using dir = await tempDir("flurry-journal");
    const self = await processIdentity(process.pid);
    if (self === undefined) throw new Error("this test needs /proc");
    const id = await written(dir.path, [], { process: self });
    expect((await readJournal(dir.path, id)).state).toBe("running");
    const other = await written(dir.path, [], {
      runId: "later",
      process: { ...self, startedTicks: self.startedTicks + 1 },
    });
    expect((await readJournal(dir.path, other)).state).toBe("broken-off");
    expect(await isAlive({ ...self, pid: 2 ** 30 })).toBe(false);
  });

  it("leaves out what was not written in full, what it does not know, and takes journals without a header", async () => {
    await using dir = await tempDir("flurry-journal");
    const id = await written(dir.path);
    await appendFile(join(dir.path, `${id}.ndjson`), '{"kind":"to-come","at":1}\nno json\n{"at":13,"kind":"run-fin');
    expect((await readJournal(dir.path, id)).state).toBe("broken-off");
    await writeFile(join(dir.path, "old.ndjson"), `${JSON.stringify(events[0])}\n`);
    expect(await readJournal(dir.path, "old")).toMatchObject({
      command: "deploy",
      hosts: [{ host: "nas" }, { host: "web" }],
    });
    await writeFile(join(dir.path, "none.ndjson"), "hello\n");
    await expect(readJournal(dir.path, "none")).rejects.toMatchObject({ code: "FLURRY_RUN_NOT_FOUND" });
    await expect(readJournal(dir.path, "missing")).rejects.toMatchObject({ code: "FLURRY_RUN_NOT_FOUND" });
  });
});

describe("listRuns", () => {
  it("lists the newest first and says which was gone on with", async () => {
    await using dir = await tempDir("flurry-journal");
    await written(dir.path, [], { runId: "20260101T000000Z-aa" });
    await written(dir.path, [], { runId: "20260102T000000Z-bb", resumes: "20260101T000000Z-aa" });
    await writeFile(join(dir.path, "broken.ndjson"), "");
    const runs = await listRuns(dir.path, 10);
    expect(runs.map(({ runId, resumedBy }) => [runId, resumedBy])).toEqual([
      ["20260102T000000Z-bb", undefined],
      ["20260101T000000Z-aa", "20260102T000000Z-bb"],
    ]);
    expect(await listRuns(dir.path, 1)).toHaveLength(0);
    expect(await listRuns(join(dir.path, "nowhere"), 1)).toEqual([]);
    expect(await readdir(dir.path)).toHaveLength(3);
  });
});

describe("findRunId", () => {
  const ids = ["20260103T000000Z-cc", "20260102T000000Z-bb", "20260101T000000Z-aa"];

  it.each([
    ["last", ids[0]],
    ["20260102", ids[1]],
    ["aa", ids[2]],
    [ids[1] ?? "", ids[1]],
  ])("finds %s", (wish, id) => {
    expect(findRunId(ids, wish)).toBe(id);
  });

  it.each([["2026"], ["dd"]])("refuses %s", (wish) => {
    expect(() => findRunId(ids, wish)).toThrow(expect.objectContaining({ code: "FLURRY_RUN_NOT_FOUND" }));
  });
});
