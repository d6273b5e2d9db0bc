import { parseArgs } from "node:util";

import { FlurryError, tempDir } from "@flurry/core";

import { compareWithNix } from "./differential.ts";
import type { DifferentialReport } from "./differential.ts";

const help = `Test that no answer of the evaluation cache is ever stale.

Usage: npm run test:soundness -- [--edits 200] [--seed N] [--nix PATH] [--verify-each 50] [--quiet]

Edits a flake with one host for each way to look at it, at random, and compares every answer after every edit with a
fresh \`nix eval\`. Ends with code 1 when one is wrong. The same seed makes the same edits.
`;

const { values } = parseArgs({
  options: {
    edits: { type: "string", default: "200" },
    seed: { type: "string" },
    nix: { type: "string" },
    "verify-each": { type: "string", default: "50" },
    quiet: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(help);
else await main();

async function main(): Promise<void> {
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : wholeNumber("--seed", values.seed);
  await using temp = await tempDir("flurry-soundness");
  console.log(`seed ${seed}`);
  const report = await compareWithNix({
    seed,
    edits: wholeNumber("--edits", values.edits),
    verifyEach: wholeNumber("--verify-each", values["verify-each"]),
    ...(values.nix === undefined ? {} : { nix: values.nix }),
    root: temp.path,
    env: {
      PATH: process.env["PATH"],
      HOME: `${temp.path}/home`,
      NIX_CONFIG: "substituters =\nbuild-users-group =\nsandbox = false",
    },
    say: (line) => {
      if (!values.quiet) console.log(line);
    },
  });
  console.log(summary(report));
  if (report.differences.some(({ excused }) => !excused)) process.exitCode = 1;
}

function summary({ hits, evaluations, differences, unproven }: DifferentialReport): string {
  const wrong = differences.filter(({ excused }) => !excused);
  return [
    `${hits} answers remembered, ${evaluations} evaluated`,
    `${differences.length - wrong.length} stale answers that were marked as unverified`,
    `unproven at the last proof: ${unproven.join(", ") || "none"}`,
    ...wrong.map(
      ({ after, host, expected, found }) => `WRONG after ${after}: ${host} is ${found}, not ${expected ?? "a failure"}`,
    ),
    wrong.length === 0 ? "no answer is wrong" : `${wrong.length} answers are wrong`,
  ].join("\n");
}

function wholeNumber(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new FlurryError("FLURRY_USAGE", `${name} takes a whole number, not ${JSON.stringify(text)}`);
}
