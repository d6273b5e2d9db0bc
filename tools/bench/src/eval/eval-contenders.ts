import { fileURLToPath } from "node:url";

import * as z from "zod";

import type { EvalStep } from "./eval-steps.ts";

/** A way to evaluate hosts. */
export interface EvalContender {
  readonly name: string;
  readonly title: string;
  /** Where it is measured: what evaluates all hosts after every change is not, after each. */
  readonly steps: readonly EvalStep["name"][];
  /** The command line that evaluates hosts of a flake. */
  readonly command: (directory: string, hosts: readonly string[]) => readonly string[];
  /** Which hosts of the fleet it evaluates in a step; all of them unless given. */
  readonly only?: "edited";
  /** Reads what it printed. */
  readonly answers: (output: string) => EvalAnswers;
}

/** What a contender found. */
export interface EvalAnswers {
  /** The derivation of each host. */
  readonly drvPaths: ReadonlyMap<string, string>;
  /** How many hosts it evaluated, where it tells. */
  readonly evaluated?: number;
}

const flurry = fileURLToPath(import.meta.resolve("flurry/bin"));
const byNix = fileURLToPath(new URL("../../by-nix.sh", import.meta.url));

const nixContender = (how: string): Pick<EvalContender, "command" | "answers"> => ({
  command: (directory, hosts) => ["bash", byNix, how, directory, ...hosts],
  answers: (output) => {
    const words = output.split(/\s+/).filter((word) => word !== "");
    const pairs = words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? ""] as const] : []));
    return { drvPaths: new Map(pairs) };
  },
});

const evaluation = z.object({
  hosts: z.array(z.looseObject({ host: z.string(), drvPath: z.string(), cached: z.boolean() })),
});

/** All that are compared. The first is what the others are put in relation to. */
export const evalContenders: readonly EvalContender[] = [
  { name: "loop", title: "nix eval in a loop", steps: ["cold", "unchanged"], ...nixContender("loop") },
  { name: "one-process", title: "one nix eval for all", steps: ["cold"], ...nixContender("one-process") },
  { name: "parallel", title: "nix eval by xargs -P", steps: ["cold"], ...nixContender("parallel") },
  { name: "alone", title: "nix eval of that host", steps: ["one"], only: "edited", ...nixContender("loop") },
  {
    name: "flurry",
    title: "flurry eval",
    steps: ["cold", "unchanged", "readme", "commit", "one", "shared"],
    command: (directory, hosts) => [process.execPath, flurry, "eval", ...hosts, "--json", "-C", directory],
    answers: (output) => {
      const { hosts } = evaluation.parse(JSON.parse(output));
      return {
        drvPaths: new Map(hosts.map(({ host, drvPath }) => [host, drvPath])),
        evaluated: hosts.filter(({ cached }) => !cached).length,
      };
    },
  },
];
