import { describe, expect, it } from "vitest";

import { compareDeployments } from "../src/deploy/compare-deployments.ts";
import { contenders } from "../src/deploy/contenders.ts";
import type { Contender } from "../src/deploy/contenders.ts";
import { steps } from "../src/deploy/steps.ts";
import { deployReport } from "../src/report/deploy-report.ts";

describe("compareDeployments", () => {
  it("measures flurry and the script side by side", async () => {
    const chosen = contenders.filter(({ name }) => name !== "by-hand-parallel");
    const signal = AbortSignal.timeout(200_000);
    const samples = await compareDeployments({ contenders: chosen, hosts: 1, runs: 1, mib: 1, signal });
    expect(samples.map(({ contender, step }) => `${step} ${contender}`).toSorted()).toEqual(
      steps.flatMap(({ name }) => [`${name} by-hand`, `${name} flurry`]).toSorted(),
    );
    for (const { wallMs, cpuMs, peakRssBytes, connections } of samples) {
      expect(connections).toBeGreaterThan(0);
      expect(wallMs).toBeGreaterThan(100);
      expect(cpuMs).toBeGreaterThan(0);
      expect(peakRssBytes).toBeGreaterThan(1e6);
    }
    const stagesOf = (step: string): readonly string[] | undefined =>
      samples
        .find((sample) => sample.contender === "flurry" && sample.step === step)
        ?.timeline?.stages.map(({ stage }) => stage);
    expect(stagesOf("first")).toEqual(expect.arrayContaining(["evaluate", "build", "copy", "try", "prove", "commit"]));
    expect(stagesOf("unchanged")).not.toContain("try");
    const report = deployReport(samples, chosen);
    for (const { title } of steps) expect(report).toContain(title);
  });

  it("accepts no result of a contender that did not deploy", async () => {
    const idle: Contender = { name: "idle", title: "idle", command: () => ["true"] };
    const signal = AbortSignal.timeout(200_000);
    await expect(compareDeployments({ contenders: [idle], hosts: 1, runs: 1, mib: 0, signal })).rejects.toThrow(
      "idle: first deployment changed the systems of no host and not of host-01",
    );
  });

  it("tells what a contender that failed has said", async () => {
    const broken: Contender = { name: "broken", title: "broken", command: () => ["sh", "-c", "echo why >&2; exit 3"] };
    const signal = AbortSignal.timeout(200_000);
    await expect(compareDeployments({ contenders: [broken], hosts: 1, runs: 1, mib: 0, signal })).rejects.toMatchObject(
      {
        message: "broken: first deployment ended with 3",
        details: expect.stringContaining("why"),
      },
    );
  });
});
