import { fileURLToPath } from "node:url";

import { FlurryError } from "@flurry/core";

import { chaosArguments, chaosHelp } from "./chaos-arguments.ts";
import type { ChaosCommand } from "./chaos-arguments.ts";
import { renderCampaign } from "./report/render.ts";
import { readReport, writeReport } from "./report/report-file.ts";
import { Tally } from "./report/tally.ts";
import { runCampaign } from "./run-campaign.ts";

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    interrupted.abort();
    console.error(`${signal}: the rounds that have begun come to their end`);
  });

try {
  const command = chaosArguments(process.argv.slice(2), Date.now() % 1_000_000);
  if (command.kind === "help") console.log(chaosHelp);
  else process.exitCode = await run(command, interrupted.signal);
} catch (thrown) {
  const { code, message, hint, details } = FlurryError.from(thrown);
  const lines = [`error[${code}]: ${message}`, details, hint === undefined ? undefined : `hint: ${hint}`];
  console.error(lines.filter((line) => line !== undefined).join("\n"));
  process.exitCode = code === "FLURRY_USAGE" ? 2 : 1;
}

async function run(wish: Extract<ChaosCommand, { kind: "run" }>, signal: AbortSignal): Promise<number> {
  const { report } = wish;
  const earlier = wish.goOn && report !== undefined ? await readReport(report) : undefined;
  const command =
    earlier === undefined ? wish : { ...wish, seed: earlier.seed, from: earlier.from, hosts: earlier.hosts };
  const { seed, from, rounds, hosts, init } = command;
  const startedAt = earlier?.startedAt ?? new Date().toISOString();
  const tally = new Tally(earlier);
  const flurry = fileURLToPath(import.meta.resolve("flurry/bin"));
  const say = (text: string): void => console.log(text);
  // A campaign of an hour does not end because its report could not be written once.
  const save = async (): Promise<void> => {
    if (report === undefined) return;
    await writeReport(report, { startedAt, seed, from, rounds, hosts, init, ...tally.state }).catch((error: unknown) =>
      say(`the report could not be written: ${FlurryError.from(error).message}`),
    );
  };
  say(`seed ${seed}: ${rounds} rounds, ${command.fleets} fleets of ${hosts} hosts (${init})`);
  await runCampaign({ command, flurry, tally, save, say, signal });
  await save();
  const { violations, done } = tally.state;
  say(`\n${renderCampaign(tally.state, { seed, wanted: rounds })}`);
  return violations.length > 0 || done.length < rounds ? 1 : 0;
}
