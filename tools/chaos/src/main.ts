import { writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { FlurryError } from "@flurry/core";
import { FleetLab } from "@flurry/lab";

import { runCampaign } from "./campaign.ts";
import { chaosArguments, chaosHelp } from "./chaos-arguments.ts";
import type { ChaosCommand } from "./chaos-arguments.ts";
import { renderCounts } from "./report/render.ts";
import { operatorsOf } from "./run/operator.ts";

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());

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

async function run(command: Extract<ChaosCommand, { kind: "run" }>, signal: AbortSignal): Promise<number> {
  const { seed, from, rounds, init, report, stop } = command;
  const flurry = fileURLToPath(import.meta.resolve("flurry/bin"));
  const startedAt = new Date();
  await using fleet = await FleetLab.up({
    kind: "synthetic",
    hosts: hostsOf(command),
    flurry,
    fleetFile: "hosts: {}\n",
  });
  const operators = await operatorsOf(fleet);
  console.log(`seed ${seed}: ${rounds} rounds with ${command.hosts} hosts (${init}) in ${fleet.lab.directory}`);
  const say = (text: string): void => console.log(text);
  const tally = await runCampaign({ fleet, operators, flurry, seed, from, rounds, stopAtViolation: stop, signal, say });
  const { counts, violations } = tally;
  console.log(`\nseed ${seed}\n${renderCounts(counts, violations.length)}`);
  if (report !== undefined)
    await writeFile(
      report,
      `${JSON.stringify({ startedAt, seed, from, init, hosts: command.hosts, counts, violations }, undefined, 2)}\n`,
    );
  if (violations.length > 0 && command.keep && !signal.aborted) {
    console.log(`The lab stays up until Ctrl-C: npm run lab -- status --directory ${fleet.lab.directory}`);
    await setTimeout(2 ** 31 - 1, undefined, { signal }).catch(() => {});
  }
  return violations.length > 0 ? 1 : 0;
}

/** Hosts of both kinds in turns; every third has a small disk of its own. */
function hostsOf({ hosts, init }: Extract<ChaosCommand, { kind: "run" }>) {
  return Array.from({ length: hosts }, (_, index) => ({
    name: `h${index + 1}`,
    init: init === "mixed" ? (index % 2 === 0 ? ("systemd" as const) : ("mini" as const)) : init,
    ...(index % 3 === 2 ? { storeSizeMiB: 160 } : {}),
  }));
}
