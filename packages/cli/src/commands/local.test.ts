import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { Verdict } from "@flurry/core";
import type { DeployRequest, ExecRequest, RunContext } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { fakeContext } from "../../tests/support/fake-context.ts";
import { fakeNix } from "../../tests/support/fake-services.ts";
import { main } from "../main.ts";

const fleetYaml = `
hosts:
  nas: { address: 10.0.20.10 }
  laptop: { address: 10.0.20.11, deploy: { sshUser: root } }
`;

/** What the commands asked of the machinery. */
interface Asked {
  readonly hosts: readonly string[];
  readonly sshUsers: readonly (string | undefined)[];
  readonly localHost: string | undefined;
}

/** Runs command lines one after another in one repository. */
async function flurry(...lines: readonly (readonly string[])[]) {
  await using dir = await tempDir("flurry-local");
  await writeFile(join(dir.path, "fleet.yaml"), fleetYaml);
  await writeFile(join(dir.path, "flake.nix"), "");
  const asked: Asked[] = [];
  const take = ({ hosts }: Pick<DeployRequest, "hosts">, { ssh }: RunContext): void => {
    const sshUsers = hosts.map(({ deploy }) => deploy.sshUser);
    asked.push({ hosts: hosts.map(({ name }) => name), sshUsers, localHost: ssh.localHost });
  };
  const services = {
    ...fakeNix(),
    deployFleet: async (request: DeployRequest, context: RunContext) => {
      take(request, context);
      const { runId, hosts, goal } = request;
      const names = hosts.map(({ name }) => name);
      context.emit({ kind: "run-started", runId, command: "deploy", goal, source: ".", hosts: names });
      context.emit({ kind: "run-finished", runId, exitCode: 1, durationMs: 1 });
      const verdicts = hosts.map(({ name }): Verdict => ({
        host: name,
        status: "failed",
        failedUnits: [],
        durationMs: 1,
      }));
      return { runId, verdicts, exitCode: 1, durationMs: 1 };
    },
    execOnHosts: async (request: ExecRequest, context: RunContext) => {
      take(request, context);
      return request.hosts.map(({ name }) => ({ host: name, exitCode: 0, stdout: "", stderr: "", durationMs: 1 }));
    },
  };
  const context = fakeContext({ services, cwd: dir.path });
  let code = 0;
  for (const words of lines) code = await main(words, context);
  const journals = await readdir(join(dir.path, ".flurry/runs")).catch(() => []);
  const headers = await Promise.all(
    journals.map(async (name) => (await readFile(join(dir.path, ".flurry/runs", name), "utf8")).split("\n")[0] ?? ""),
  );
  return { code, asked, headers, out: context.out(), err: context.err() };
}

describe("--local", () => {
  it("is the host that the machine is called, entered as who calls", async () => {
    const { asked, err, headers } = await flurry(["deploy", "--local"]);
    expect(asked).toEqual([{ hosts: ["laptop"], sshUsers: ["alice"], localHost: "laptop" }]);
    expect(err).toContain("Deploying 1 host (laptop)");
    expect(err).toContain("on this very machine");
    expect(err).not.toContain("warning");
    expect(headers.map((line) => (JSON.parse(line) as { localHost?: string }).localHost)).toEqual(["laptop"]);
  });

  it("says so when the machine is called otherwise, and how to go on", async () => {
    const { asked, err } = await flurry(["deploy", "--local", "nas"]);
    expect(asked[0]?.localHost).toBe("nas");
    expect(err).toContain("warning: this machine is called laptop and is taken for nas");
    expect(err).toContain("To go on: flurry deploy --local nas");
  });

  it("needs no selector for exec", async () => {
    const { code, asked } = await flurry(["exec", "--local", "--", "uptime"]);
    expect(code).toBe(0);
    expect(asked[0]).toMatchObject({ hosts: ["laptop"], localHost: "laptop" });
  });

  it("is not asked for where it is not given", async () => {
    const { asked } = await flurry(["deploy"]);
    expect(asked).toEqual([{ hosts: ["nas", "laptop"], sshUsers: [undefined, "root"], localHost: undefined }]);
  });

  it.each([
    [["deploy", "--local", "*"], "FLURRY_USAGE"],
    [["deploy", "--local", "--reboot"], "FLURRY_USAGE"],
    [["deploy", "--local", "--force-reboot"], "FLURRY_USAGE"],
    [["deploy", "--local", "nobody"], "FLURRY_NOTHING_SELECTED"],
  ])("refuses %j", async (words, error) => {
    const { code, asked, err } = await flurry(words);
    expect({ code, asked }).toEqual({ code: 2, asked: [] });
    expect(err).toContain(`error[${error}]`);
  });

  it("is a run that nobody resumes over ssh", async () => {
    const { err } = await flurry(["deploy", "--local"], ["resume"]);
    expect(err).toContain("error[FLURRY_RUN_NOT_RESUMABLE]");
    expect(err).toContain("flurry deploy --local again on laptop");
  });
});
