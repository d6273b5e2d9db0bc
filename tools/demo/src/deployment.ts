import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import type { FleetEvent, Verdict } from "@flurry/core";
import type { FleetLab } from "@flurry/lab";

import type { Story } from "./story.ts";

/** What a deployment did, by its journal. */
export interface Deployment {
  readonly exitCode: number | null;
  readonly verdicts: ReadonlyMap<string, Verdict>;
  readonly events: readonly FleetEvent[];
}

/** Runs `flurry deploy` as a user would, shows what it prints, and reads its journal. */
export async function deploy(story: Story, fleet: FleetLab, args: readonly string[] = []): Promise<Deployment> {
  const shown = ["flurry", "deploy", ...args].join(" ");
  const result = await story.act(shown, () => fleet.flurry(["deploy", ...args]));
  story.quote(result.stderr + result.stdout);
  const events = await newestJournal(join(fleet.directory, ".flurry", "runs"));
  const verdicts = new Map(
    events.flatMap((event) => (event.kind === "verdict" ? [[event.verdict.host, event.verdict] as const] : [])),
  );
  return { exitCode: result.exitCode, verdicts, events };
}

async function newestJournal(directory: string): Promise<readonly FleetEvent[]> {
  const journals = (await readdir(directory)).filter((name) => name.endsWith(".ndjson"));
  const newest = journals.toSorted().at(-1) ?? "";
  const text = await readFile(join(directory, newest), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as FleetEvent);
}
