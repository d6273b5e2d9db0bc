import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError, tempDir } from "@flurry/core";
import type { Verdict } from "@flurry/core";
import type { DeployRequest, RunContext } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { fakeContext } from "../../tests/support/fake-context.ts";
import { fakeNix } from "../../tests/support/fake-services.ts";
import { main } from "../main.ts";

/** Runs command lines one after another in a fleet of two hosts, of which one goes back, and reads a file below it. */
async function written(
  file: string,
  lines: readonly (readonly string[])[],
  { fleet = "", env = {}, broken = false }: { fleet?: string; env?: Record<string, string>; broken?: boolean } = {},
) {
  await using dir = await tempDir("flurry-metrics");
  await writeFile(join(dir.path, "fleet.yaml"), `hosts: { nas: {}, web: {} }\n${fleet}`);
  await writeFile(join(dir.path, "flake.nix"), "");
  await mkdir(join(dir.path, "directory"));
  const deployFleet = async ({ runId, hosts, goal }: DeployRequest, { emit }: RunContext) => {
    const names = hosts.map(({ name }) => name);
    emit({ kind: "run-started", runId, command: "deploy", goal, source: ".", hosts: names });
    if (broken) throw new FlurryError("FLURRY_PLAN_STALE", "the host moved");
    const verdicts = names.map((host): Verdict => ({
      host,
      status: host === "nas" ? "reverted" : "deployed",
      failedUnits: [],
      durationMs: 1500,
      generation: 7,
    }));
    for (const verdict of verdicts) emit({ kind: "verdict", verdict });
    emit({ kind: "run-finished", runId, exitCode: 8, durationMs: 1 });
    return { runId, verdicts, exitCode: 8, durationMs: 1 };
  };
  const context = fakeContext({ services: { ...fakeNix(), deployFleet }, cwd: dir.path, env });
  for (const words of lines) await main(words, context);
  const path = join(dir.path, file);
  const text = await readFile(path, "utf8").catch(() => undefined);
  return { text, mode: text === undefined ? undefined : (await stat(path)).mode & 0o777, err: context.err() };
}

describe("what the last runs came to", () => {
  it.each([
    ["a flag", "runs.prom", [["deploy", "--prometheus", "runs.prom"]], {}],
    ["an environment variable", "runs.prom", [["deploy"]], { env: { FLURRY_PROMETHEUS: "runs.prom" } }],
    ["the fleet file", "metrics/runs.prom", [["deploy"]], { fleet: "metrics: { prometheus: metrics/runs.prom }" }],
    ["flurry runs", "later.prom", [["deploy"], ["runs", "--prometheus", "later.prom"]], {}],
  ])("is written where %s says, for everyone", async (_, file, lines, more) => {
    const { text, mode } = await written(file, lines, more);
    expect(mode).toBe(0o644);
    expect(text).toContain('flurry_run_host_verdict{host="nas",command="deploy",verdict="reverted"} 1\n');
    expect(text).toContain('flurry_run_host_generation{host="web"} 7\n');
    expect(text).toContain('flurry_run_exit_code{command="deploy"} 8\n');
    expect(text).toContain('flurry_runs{command="deploy",result="failed"} 1\n');
  });

  it("is written of a run that was refused as well", async () => {
    const { text } = await written("runs.prom", [["deploy", "--prometheus", "runs.prom"]], { broken: true });
    expect(text).toContain('flurry_runs{command="deploy",result="broken-off"} 1\n');
    expect(text).toContain('flurry_runs{command="deploy",result="running"} 0\n');
  });

  it("is not written where nobody asks for it, nor by a dry run", async () => {
    expect((await written("runs.prom", [["deploy"]])).text).toBeUndefined();
    const dry = await written("runs.prom", [["deploy", "--dry-run", "--prometheus", "runs.prom"]]);
    expect(dry.text).toBeUndefined();
  });

  it("a file that cannot be written is a warning, not a failure of the run", async () => {
    const { err } = await written("none", [["deploy", "--prometheus", "directory"]]);
    expect(err).toMatch(/warning: \S+directory could not be written: /);
    expect(err).not.toContain("FLURRY_UNEXPECTED");
  });
});
