import { FlurryError } from "@flurry/core";
import { LabError } from "@flurry/lab";

import { benchArguments, benchHelp } from "./bench-arguments.ts";
import type { BenchCommand } from "./bench-arguments.ts";
import { compareCommands } from "./compare/compare-commands.ts";
import { compareDeployments } from "./deploy/compare-deployments.ts";
import type { DeploySample } from "./deploy/compare-deployments.ts";
import { contenders } from "./deploy/contenders.ts";
import type { Contender } from "./deploy/contenders.ts";
import { findPeers, peerNames } from "./deploy/peers.ts";
import { compareEvaluations } from "./eval/compare-evaluations.ts";
import type { EvalSample } from "./eval/compare-evaluations.ts";
import { commandReport } from "./report/command-report.ts";
import { deployReport } from "./report/deploy-report.ts";
import { evalReport } from "./report/eval-report.ts";
import { thisMachine } from "./report/machine.ts";
import { showMs } from "./report/measures.ts";
import { secretsReport } from "./report/secrets-report.ts";
import { compareSecrets } from "./secrets/compare-secrets.ts";
import type { SecretsSample } from "./secrets/compare-secrets.ts";
import { writeResults } from "./write-results.ts";

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());

try {
  await run(benchArguments(process.argv.slice(2)), interrupted.signal);
} catch (thrown) {
  const { code, message, hint, details } = thrown instanceof LabError ? thrown : FlurryError.from(thrown);
  const lines = [`error[${code}]: ${message}`, details, hint === undefined ? undefined : `hint: ${hint}`];
  console.error(lines.filter((line) => line !== undefined).join("\n"));
  process.exitCode = code === "FLURRY_USAGE" ? 2 : 1;
}

async function run(command: BenchCommand, signal: AbortSignal): Promise<void> {
  switch (command.kind) {
    case "help":
      console.log(benchHelp);
      return;
    case "commands":
      return await runCommands(command, signal);
    case "deploy":
      return await runDeploy(command, signal);
    case "eval":
      return await runEval(command, signal);
    case "secrets":
      return await runSecrets(command, signal);
  }
}

async function runCommands(
  { commands, runs, output }: Extract<BenchCommand, { kind: "commands" }>,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = new Date();
  const samples = await compareCommands({ commands, runs, signal });
  console.log(commandReport(samples, commands));
  const results = { kind: "commands", startedAt, machine: await thisMachine(), runs, samples };
  console.log(`Written to ${await writeResults(results, output)}`);
}

async function runDeploy(
  { hosts: sizes, runs, mib, contenders: names, output }: Extract<BenchCommand, { kind: "deploy" }>,
  signal: AbortSignal,
): Promise<void> {
  const peers = await findPeers(process.env["PATH"]);
  const chosen = contendersNamed(names, [...contenders, ...peers]);
  const startedAt = new Date();
  const machine = await thisMachine();
  const fleets = [];
  for (const hosts of sizes) {
    const samples = await compareDeployments({ contenders: chosen, hosts, runs, mib, signal, onSample: sayProgress });
    fleets.push({ hosts, samples });
    console.log(`\n${hosts} hosts, ${runs} runs, first change of ${mib} MiB\n\n${deployReport(samples, chosen)}`);
  }
  const results = { kind: "deploy", startedAt, machine, runs, mib, fleets };
  console.log(`Written to ${await writeResults(results, output)}`);
}

async function runEval(
  { kind, runs, output, ...fleet }: Extract<BenchCommand, { kind: "eval" }>,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = new Date();
  const machine = await thisMachine();
  const samples = await compareEvaluations({ ...fleet, runs, signal, onSample: sayProgress });
  console.log(`\n${fleet.hosts} hosts of ${fleet.flake ?? "the fixtures"}, ${runs} runs\n\n${evalReport(samples)}`);
  console.log(`Written to ${await writeResults({ kind, startedAt, machine, runs, ...fleet, samples }, output)}`);
}

async function runSecrets(
  { kind, runs, output, ...size }: Extract<BenchCommand, { kind: "secrets" }>,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = new Date();
  const machine = await thisMachine();
  const samples = await compareSecrets({ ...size, runs, signal, onSample: sayProgress });
  const { files, values, recipients } = size;
  console.log(
    `\n${files} files of ${values} values for ${recipients} readers, ${runs} runs\n\n${secretsReport(samples)}`,
  );
  console.log(`Written to ${await writeResults({ kind, startedAt, machine, runs, ...size, samples }, output)}`);
}

function sayProgress({ round, contender, step, wallMs }: DeploySample | EvalSample | SecretsSample): void {
  console.error(`round ${round + 1}: ${contender}, ${step}: ${showMs(wallMs)}`);
}

/** Unless the command line says who: flurry, the script, and what else is on PATH. */
function contendersNamed(names: readonly string[] | undefined, all: readonly Contender[]): readonly Contender[] {
  if (names === undefined) return all.filter(({ name }) => name !== "by-hand-parallel");
  return names.map((name) => {
    const found = all.find((contender) => contender.name === name);
    if (found !== undefined) return found;
    const isPeer = peerNames.some((peer) => peer === name);
    throw new FlurryError(
      "FLURRY_USAGE",
      isPeer ? `${name} is not on PATH` : `nobody deploys as ${JSON.stringify(name)}`,
      {
        hint: `There are ${all.map((contender) => contender.name).join(", ")}.`,
      },
    );
  });
}
