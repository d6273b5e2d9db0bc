import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { Verdict } from "@flurry/core";
import type { DeployRequest, ExecRequest, ResumeRequest, RunContext } from "@flurry/deploy";
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
  return await flurryOn(["machine-1"], ...lines);
}

/** The same on one machine after another: each is the next command line's, and the last one that of all others. */
async function flurryOn(machines: readonly string[], ...lines: readonly (readonly string[])[]) {
  return await flurryIn({ machines }, ...lines);
}

interface Surroundings {
  readonly fleet?: string;
  readonly machines?: readonly string[];
  readonly hostKeys?: readonly string[];
}

async function flurryIn(
  { fleet = fleetYaml, machines = ["machine-1"], hostKeys = [] }: Surroundings,
  ...lines: readonly (readonly string[])[]
) {
  await using dir = await tempDir("flurry-local");
  await writeFile(join(dir.path, "fleet.yaml"), fleet);
  await writeFile(join(dir.path, "flake.nix"), "");
  const asked: Asked[] = [];
  const resumed: ResumeRequest[] = [];
  const inspects: boolean[] = [];
  const take = ({ hosts }: Pick<DeployRequest, "hosts">, { ssh, inspectSystem }: RunContext): void => {
    inspects.push(inspectSystem !== undefined);
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
    resumeFleet: async (request: ResumeRequest, context: RunContext) => {
      take(request, context);
      resumed.push(request);
      return { runId: request.runId, verdicts: [], exitCode: 0, durationMs: 1 };
    },
    execOnHosts: async (request: ExecRequest, context: RunContext) => {
      take(request, context);
      return request.hosts.map(({ name }) => ({ host: name, exitCode: 0, stdout: "", stderr: "", durationMs: 1 }));
    },
  };
  const left = [...machines];
  const fake = fakeContext({ services, cwd: dir.path, hostKeys });
  const context = { ...fake, machine: async () => (left.length > 1 ? left.shift() : left[0]) };
  let code = 0;
  for (const words of lines) code = await main(words, context);
  const journals = await readdir(join(dir.path, ".flurry/runs")).catch(() => []);
  const headers = await Promise.all(
    journals.map(async (name) => (await readFile(join(dir.path, ".flurry/runs", name), "utf8")).split("\n")[0] ?? ""),
  );
  return { code, asked, inspects, resumed, headers, out: context.out(), err: context.err() };
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

  it("is a run that only this machine goes on with, in the same way", async () => {
    const { asked } = await flurry(["deploy", "--local"], ["resume"]);
    expect(asked[1]).toEqual({ hosts: ["laptop"], sshUsers: ["alice"], localHost: "laptop" });
    const elsewhere = await flurryOn(["machine-1", "machine-2"], ["deploy", "--local"], ["resume"]);
    expect(elsewhere.asked).toHaveLength(1);
    expect(elsewhere.err).toContain("error[FLURRY_RUN_NOT_RESUMABLE]");
    expect(elsewhere.err).toContain("on laptop.");
  });
});

describe("flurry resume", () => {
  it("deploys as the command line of the run said, also when it is resumed once more", async () => {
    const words = ["--build-on", "target", "--unreachable", "skip", "--confirm-timeout", "7s", "--force-reboot"];
    const run = await flurry(["deploy", "laptop", ...words, "--no-secrets-check"], ["resume"], ["resume", "--dry-run"]);
    const [request] = run.resumed;
    expect(request?.reboot).toEqual({ when: "always", timeoutMs: 600_000 });
    expect(request?.hosts.map(({ deploy }) => deploy)).toMatchObject([
      { buildOn: { kind: "target" }, unreachable: "skip", confirmTimeoutMs: 7000 },
    ]);
    const told = {
      buildOn: { kind: "target" },
      unreachable: "skip",
      confirmTimeoutMs: 7000,
      reboot: { when: "always" },
      noSecretsCheck: true,
    };
    expect(run.headers.map((line) => JSON.parse(line) as object)).toMatchObject([told, told]);
  });

  it("looks at secrets as deploy does", async () => {
    expect((await flurry(["deploy", "nas"], ["resume"])).inspects).toEqual([true, true]);
    expect((await flurry(["deploy", "nas"], ["resume", "--no-secrets-check"])).inspects).toEqual([true, false]);
    expect((await flurry(["deploy", "nas", "--no-secrets-check"], ["resume"])).inspects).toEqual([false, false]);
  });
});

describe("deploy.local", () => {
  const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJsYWJsYWJsYWJsYWJsYWJsYWJsYWJsYWJsYWJsYWJsYWJs";
  const fleetWith = (laptop: string): string =>
    `hosts:\n  nas: {}\n  laptop: { deploy: { sshUser: root, local: ${laptop} } }\n`;
  const pinned = `hosts:\n  laptop: { hostKey: "${key}", deploy: { local: true } }\n`;

  it.each(["true", "only"])(
    "%s: the machine of that name is deployed without ssh, the others with it",
    async (local) => {
      const { asked, err, headers } = await flurryIn({ fleet: fleetWith(local) }, ["deploy"]);
      expect(asked).toEqual([{ hosts: ["nas", "laptop"], sshUsers: [undefined, "alice"], localHost: "laptop" }]);
      expect(err).toContain("laptop is this very machine");
      expect(JSON.parse(headers[0] ?? "")).toMatchObject({ localHost: "laptop", machine: "machine-1" });
    },
  );

  it("false, and a host that is not selected: over ssh", async () => {
    const without = await flurryIn({ fleet: fleetWith("false") }, ["deploy", "laptop"]);
    expect(without.asked).toEqual([{ hosts: ["laptop"], sshUsers: ["root"], localHost: undefined }]);
    const other = await flurryIn({ fleet: fleetWith("true") }, ["deploy", "nas"]);
    expect(other.asked[0]?.localHost).toBeUndefined();
  });

  it("a machine of that name is believed when it has the pinned key, and refused when it has another", async () => {
    const right = await flurryIn({ fleet: pinned, hostKeys: ["ssh-rsa AAAA", key] }, ["deploy"]);
    expect(right.asked[0]?.localHost).toBe("laptop");
    const wrong = await flurryIn({ fleet: pinned, hostKeys: ["ssh-rsa AAAA"] }, ["deploy"]);
    expect(wrong.asked).toEqual([]);
    expect(wrong.err).toContain("this machine has its name, but none of its pinned host keys");
    const said = await flurryIn({ fleet: pinned, hostKeys: ["ssh-rsa AAAA"] }, ["deploy", "--local", "laptop"]);
    expect(said.asked[0]?.localHost).toBe("laptop");
  });

  it("a machine that is deployed on itself is not rebooted by itself", async () => {
    const { code, asked, err } = await flurryIn({ fleet: fleetWith("true") }, ["deploy", "laptop", "--reboot"]);
    expect({ code, asked }).toEqual({ code: 2, asked: [] });
    expect(err).toContain("cannot wait for itself");
  });
});
