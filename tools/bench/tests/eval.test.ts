import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { runProcess, tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { compareEvaluations } from "../src/eval/compare-evaluations.ts";
import { evalContenders } from "../src/eval/eval-contenders.ts";
import type { EvalContender } from "../src/eval/eval-contenders.ts";
import { evalSteps } from "../src/eval/eval-steps.ts";
import { evalReport } from "../src/report/eval-report.ts";

const options = { runs: 1, hosts: 2, flake: undefined, host: undefined, hostFile: undefined, sharedFile: undefined };

describe("compareEvaluations", () => {
  it("measures flurry and nix side by side", async () => {
    const samples = await compareEvaluations({ ...options, signal: AbortSignal.timeout(230_000) });
    const measured = evalContenders.flatMap(({ name, steps }) => steps.map((step) => `${step} ${name}`));
    expect(samples.map(({ contender, step }) => `${step} ${contender}`).toSorted()).toEqual(measured.toSorted());
    const evaluated = samples.filter(({ contender }) => contender === "flurry").map((sample) => sample.evaluated);
    expect(evaluated).toEqual([2, 0, 0, 0, 1, 2]);
    const report = evalReport(samples);
    for (const { title } of evalSteps) expect(report).toContain(title);
    expect(report).toMatch(/(yes|no ) {2}one host edited, to nix eval of it: \d+\.\d\dx, at most 1\.3x/);
  });

  it("takes any flake, and the edits that it is told of", async () => {
    await using temp = await tempDir("flurry-bench-flake");
    const directory = join(temp.path, "sub");
    await mkdir(directory);
    const host = (name: string): string =>
      `${name}.config.system.build.toplevel = derivation { name = "${name}"; system = "x86_64-linux"; builder = import ./${name}.nix; };`;
    const hosts = ["a", "b", "c"].map(host).join("\n");
    await writeFile(join(directory, "flake.nix"), `{ outputs = { self }: { nixosConfigurations = { ${hosts} }; }; }\n`);
    for (const name of ["a", "b", "c"]) await writeFile(join(directory, `${name}.nix`), '"/bin/sh"\n');
    for (const words of [
      ["init", "--quiet"],
      ["add", "--all"],
    ])
      await runProcess("git", ["-C", temp.path, ...words]);
    const flake = `git+file://${temp.path}?dir=sub`;
    const contenders = evalContenders.filter(({ name }) => name === "flurry" || name === "alone");
    const signal = AbortSignal.timeout(200_000);
    const samples = await compareEvaluations({ ...options, contenders, flake, host: "b", hostFile: "b.nix", signal });
    expect(samples.map(({ step, contender, evaluated = "" }) => `${step} ${contender} ${evaluated}`.trim())).toEqual([
      "cold flurry 2",
      "unchanged flurry 0",
      "readme flurry 0",
      "commit flurry 0",
      "one alone",
      "one flurry 1",
    ]);
    await expect(compareEvaluations({ ...options, flake, host: "c", signal })).rejects.toThrow(
      'no host "c" among a, b',
    );
  });

  it("accepts no result of a contender that is wrong, or fails", async () => {
    const wrong = (name: string, script: string): EvalContender => ({
      name,
      title: name,
      steps: ["cold", "shared"],
      command: () => ["sh", "-c", script],
      answers: (output) => ({ drvPaths: new Map(JSON.parse(output) as readonly (readonly [string, string])[]) }),
    });
    const compared = async (contender: EvalContender): Promise<unknown> =>
      await compareEvaluations({ ...options, contenders: [contender], signal: AbortSignal.timeout(200_000) });
    await expect(compared(wrong("silent", "echo '[]'"))).rejects.toThrow("silent: first has no answer for host-01");
    await expect(compared(wrong("stale", `echo '[["host-01","/old"],["host-02","/old"]]'`))).rejects.toThrow(
      "stale: shared module edited: host-01 is /old",
    );
    await expect(compared(wrong("broken", "echo why >&2; exit 3"))).rejects.toMatchObject({
      message: "broken: first ended with 3",
      details: expect.stringContaining("why"),
    });
  });
});
