import { NixPool, lockFlake, reasonText } from "@flurry/nix";
import type { EvaluateOptions, Evaluation } from "@flurry/nix";

import { edit } from "./edit.ts";
import { makeFleet } from "./fleet.ts";
import type { TestFleet } from "./fleet.ts";
import { untraceable } from "./kinds.ts";
import { nativeAnswers } from "./native.ts";
import { Random } from "./random.ts";

/** How to test; see {@link compareWithNix}. */
export interface DifferentialOptions {
  readonly seed: number;
  readonly edits: number;
  /** The program to test with. */
  readonly nix?: string;
  /** A directory that is empty and goes away afterwards. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  /** After how many edits each the records are proven. Never unless given. */
  readonly verifyEach?: number;
  /** Told of each edit and what came of it. */
  readonly say: (line: string) => void;
}

/** An answer that is not nix's. */
export interface Difference {
  /** The edits up to it, for people. */
  readonly after: string;
  readonly host: string;
  readonly expected: string | undefined;
  readonly found: string;
  /** True when the answer said of itself that it is unverified, in a way of access that only a proof finds. */
  readonly excused: boolean;
}

/** What a test came to. */
export interface DifferentialReport {
  readonly hits: number;
  readonly evaluations: number;
  readonly differences: readonly Difference[];
  /** Hosts that a proof was refused for at the last one. */
  readonly unproven: readonly string[];
}

/** Edits a fleet at random, and after each edit compares every answer with that of a fresh `nix eval`. */
export async function compareWithNix(options: DifferentialOptions): Promise<DifferentialReport> {
  const { seed, edits, root, env, say, verifyEach = Infinity } = options;
  const random = new Random(seed);
  const context = { cwd: root, env, ...(options.nix === undefined ? {} : { nix: options.nix }) };
  const fleet = await makeFleet(root, context);
  const differences: Difference[] = [];
  const counts = { hits: 0, evaluations: 0 };
  let unproven: readonly string[] = [];
  for (let number = 0; number <= edits; number++) {
    const done = number === 0 ? "make the fleet" : await edit(fleet, random, number);
    const verify = number % verifyEach === 0 && number > 0;
    const { answers, refused } = await flurryAnswers(fleet, { verify });
    if (verify) unproven = refused;
    const expected = await nativeAnswers(fleet);
    const wrong = answers.flatMap((answer) => difference(answer, expected, `edit ${number}, ${done}`));
    differences.push(...wrong);
    const hits = answers.filter(({ cached }) => cached).length;
    counts.hits += hits;
    counts.evaluations += answers.length - hits;
    say(lineOf({ number, done, answers, hits, wrong: wrong.length }));
  }
  return { ...counts, differences, unproven };
}

async function flurryAnswers(
  { context, hosts }: TestFleet,
  options: EvaluateOptions,
): Promise<{ readonly answers: readonly Evaluation[]; readonly refused: readonly string[] }> {
  const refused: string[] = [];
  const flake = await lockFlake(".", context);
  await using pool = new NixPool({
    context,
    emit: (event) => {
      if (event.kind === "log" && event.host !== undefined && /could not be proven/.test(event.line))
        refused.push(event.host);
    },
  });
  const answers: Evaluation[] = [];
  const requests = hosts.map((host) => ({ host, attrPath: ["nixosConfigurations", host] }));
  for await (const answer of pool.evaluate(flake, requests, options)) answers.push(answer);
  return { answers, refused };
}

function difference(
  answer: Evaluation,
  expected: ReadonlyMap<string, string | undefined>,
  after: string,
): readonly Difference[] {
  const { host } = answer;
  const right = expected.get(host);
  const found = answer.status === "ok" ? answer.drvPath : undefined;
  if (found === right) return [];
  const excused = answer.status === "ok" && answer.cached && !answer.verified && host in untraceable;
  return [{ after, host, expected: right, found: found ?? explain(answer), excused }];
}

function explain(answer: Evaluation): string {
  return answer.status === "failed" ? answer.error.message : answer.drvPath;
}

function lineOf({
  number,
  done,
  answers,
  hits,
  wrong,
}: {
  readonly number: number;
  readonly done: string;
  readonly answers: readonly Evaluation[];
  readonly hits: number;
  readonly wrong: number;
}): string {
  const failed = answers.filter(({ status }) => status === "failed").length;
  const reasons = new Set(answers.flatMap(({ reasons }) => reasons.slice(0, 1).map(reasonText)));
  const why = reasons.size === 0 ? "" : ` (${[...reasons].slice(0, 3).join(", ")})`;
  return `${String(number).padStart(4)}  ${done}: ${hits} remembered, ${answers.length - hits} evaluated${why}, ${failed} fail, ${wrong} wrong`;
}
