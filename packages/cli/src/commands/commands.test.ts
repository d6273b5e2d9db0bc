import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError, tempDir } from "@flurry/core";
import type { FleetEvent, Verdict } from "@flurry/core";
import { exitCodeOf } from "@flurry/deploy";
import type { DeployRequest, HostExecResult, HostStatus, RunContext, RunReport } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { fakeContext } from "../../tests/support/fake-context.ts";
import type { FakeContext, FakeOptions } from "../../tests/support/fake-context.ts";
import { fakeNix, systemOf } from "../../tests/support/fake-services.ts";
import type { Trouble } from "../../tests/support/fake-services.ts";
import { systems } from "../../tests/support/scripted-runs.ts";
import { main } from "../main.ts";
import type { Services } from "../services.ts";

const fleetYaml = `
hosts:
  nas: { address: 10.0.20.10, tags: [storage] }
  compute: { address: 10.0.20.11 }
  gateway: { address: 10.0.20.1, tags: [edge] }
rollout: { parallel: { activate: 2 } }
`;

interface Setting extends FakeOptions {
  readonly trouble?: Trouble;
  /** Called with the running command's context. */
  readonly during?: (context: FakeContext) => void;
  readonly keep?: (directory: string) => Promise<void>;
}

async function flurry(words: readonly string[], setting: Setting = {}) {
  await using dir = await tempDir("flurry-commands");
  await writeFile(join(dir.path, "fleet.yaml"), fleetYaml);
  await writeFile(join(dir.path, "flake.nix"), "");
  const services = { ...fakeNix({}, setting.trouble), ...setting.services };
  const context = fakeContext({ ...setting, services, cwd: dir.path });
  const running = main(words, context);
  setting.during?.(context);
  const code = await running;
  await setting.keep?.(dir.path);
  const clean = (text: string): string => text.replaceAll(dir.path, "DIR");
  return { code, out: clean(context.out()), err: clean(context.err()), context };
}

describe("flurry eval", () => {
  it("prints a table in fleet order", async () => {
    const { code, out } = await flurry(["eval"]);
    expect(code).toBe(0);
    expect(out.split("\n").map((line) => line.split(" ")[0])).toEqual(["host", "nas", "compute", "gateway", ""]);
  });

  it("prints JSON, the failures among it", async () => {
    const { code, out, err } = await flurry(["eval", "nas", "gateway", "--json"], {
      trouble: { evaluation: ["gateway"] },
    });
    expect(code).toBe(4);
    expect(err).toBe("");
    expect(JSON.parse(out)).toMatchObject({
      schemaVersion: 1,
      command: "eval",
      hosts: [
        { host: "nas", status: "ok", outPath: systemOf("nas"), system: "x86_64-linux" },
        { host: "gateway", status: "failed", error: { code: "FLURRY_EVAL_FAILED" } },
      ],
    });
  });

  it.each([["lines"], ["terminal"]])("tells a failure once with %s", async (format) => {
    const words = ["eval", "--log-format", format];
    const { err } = await flurry(words, { trouble: { evaluation: ["gateway"] } });
    expect(err.split("error[FLURRY_EVAL_FAILED]")).toHaveLength(2);
  });
});

describe("flurry build", () => {
  it("prints the paths alone, in fleet order, and links them", async () => {
    const links: string[] = [];
    const services: Partial<Services> = { linkOutput: async (link) => void links.push(link) };
    const { code, out } = await flurry(["build", "gateway", "nas", "--out-link"], { services });
    expect({ code, out }).toEqual({ code: 0, out: `${systemOf("nas")}\n${systemOf("gateway")}\n` });
    expect(links.map((link) => link.split("/").at(-1))).toEqual(["result-nas", "result-gateway"]);
  });

  it("prints what could be built", async () => {
    const trouble = { evaluation: ["gateway"], build: ["nas"] };
    const { code, out, err } = await flurry(["build"], { trouble });
    expect({ code, out }).toEqual({ code: 4, out: `${systemOf("compute")}\n` });
    expect(err).toContain("nas     | error[FLURRY_BUILD_FAILED]");
    expect(err).toContain("gateway | error[FLURRY_EVAL_FAILED]");
  });
});

function deployer(verdicts: readonly Verdict[], seen: { request?: DeployRequest; context?: RunContext } = {}) {
  return async (request: DeployRequest, context: RunContext): Promise<RunReport> => {
    Object.assign(seen, { request, context });
    const { runId, goal, hosts } = request;
    const names = hosts.map((host) => host.name);
    context.emit({ kind: "run-started", runId, command: "deploy", goal, source: "git+file:///fleet", hosts: names });
    for (const verdict of verdicts) context.emit({ kind: "verdict", verdict });
    const exitCode = exitCodeOf(verdicts);
    context.emit({ kind: "run-finished", runId, exitCode, durationMs: 5 });
    return { runId, verdicts, exitCode, durationMs: 5 };
  };
}

const deployed: Verdict = {
  host: "nas",
  status: "deployed",
  before: systems.old,
  after: systems.new,
  generation: 2,
  durationMs: 5,
};
const lost: Verdict = {
  host: "gateway",
  status: "reverted",
  durationMs: 9,
  error: { code: "FLURRY_NOT_CONFIRMED", message: "it could not be reached", hint: "look at its network" },
};

describe("flurry deploy", () => {
  let running: FakeContext | undefined;

  it("says what it is going to do, does it, and says how it ended", async () => {
    const seen: { request?: DeployRequest } = {};
    const { code, out, err } = await flurry(["deploy", "nas", "@edge"], {
      services: { deployFleet: deployer([deployed, lost], seen) },
    });
    expect(err).toMatch(/^Deploying 2 hosts \(nas, gateway\) from DIR: switch, 2 at a time\n/);
    expect(out).toMatchSnapshot();
    expect(err).toContain("hint: look at its network");
    expect(err).toMatch(/\nTo go on: flurry deploy gateway\n$/);
    expect(code).toBe(8);
    expect(seen.request).toMatchObject({ goal: "switch", parallel: 2, hosts: [{ name: "nas" }, { name: "gateway" }] });
  });

  it.each([
    [[], { directory: expect.stringContaining("flurry-commands") as string }],
    [["--no-keys"], undefined],
  ])("brings hosts their keys unless it is told not to: %j", async (words, keys) => {
    const seen: { request?: DeployRequest } = {};
    await flurry(["deploy", "nas", ...words], { services: { deployFleet: deployer([deployed], seen) } });
    expect(seen.request?.keys).toEqual(keys);
  });

  it("hands on what the flags say", async () => {
    const seen: { request?: DeployRequest; context?: RunContext } = {};
    const words = ["deploy", ".#nas", "--boot", "-p", "1", "--confirm-timeout", "2m", "--activation-timeout", "90"];
    const nix = ["--max-jobs", "4", "--cores", "0", "--option", "sandbox", "false", "--ssh-config", "ssh_config"];
    await flurry([...words, ...nix], { services: { deployFleet: deployer([deployed], seen) } });
    expect(seen.request).toMatchObject({
      goal: "boot",
      parallel: 1,
      hosts: [{ name: "nas", deploy: { confirmTimeoutMs: 120_000, activationTimeoutMs: 90_000 } }],
    });
    expect(seen.context?.nix.options).toEqual([
      ["max-jobs", "4"],
      ["cores", "0"],
      ["sandbox", "false"],
    ]);
    expect(seen.context?.ssh.configFile).toMatch(/^\/.*\/ssh_config$/);
    expect(seen.context?.operator).toBe("alice@laptop");
  });

  it("prints events and the report as JSON, and nothing else", async () => {
    const { out, err } = await flurry(["deploy", "nas", "--json"], { services: { deployFleet: deployer([deployed]) } });
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as FleetEvent & { kind: string });
    expect(lines.map((line) => line.kind)).toEqual(["run-started", "verdict", "run-finished", "report"]);
    expect(lines.at(-1)).toMatchObject({ schemaVersion: 1, exitCode: 0, verdicts: [deployed] });
    expect(err).toBe("");
  });

  it("keeps a journal that git does not see", async () => {
    await flurry(["deploy", "nas"], {
      services: { deployFleet: deployer([deployed]) },
      keep: async (directory) => {
        expect(await readFile(join(directory, ".flurry/.gitignore"), "utf8")).toBe("*\n");
        const [journal = ""] = await readdir(join(directory, ".flurry/runs"));
        const text = await readFile(join(directory, ".flurry/runs", journal), "utf8");
        const [header, ...events] = text.trimEnd().split("\n");
        expect(JSON.parse(header ?? "")).toMatchObject({
          kind: "journal",
          command: "deploy",
          operator: "alice@laptop",
        });
        expect(events).toHaveLength(3);
      },
    });
  });

  it("shows a live picture on a terminal and takes it away", async () => {
    const { err } = await flurry(["deploy", "nas", "--color", "never"], {
      tty: true,
      services: {
        deployFleet: async (request, context) => {
          context.emit({
            kind: "run-started",
            runId: "",
            command: "deploy",
            goal: "switch",
            source: "",
            hosts: ["nas"],
          });
          context.emit({ kind: "stage-started", host: "nas", stage: "copy" });
          running?.pass(100);
          return await deployer([deployed])(request, context);
        },
      },
      during: (context) => {
        running = context;
      },
    });
    expect(err).toContain("⠙ nas  copying");
    expect(err.endsWith("\u001B[?25h")).toBe(true);
  });
  it("gives signs of life when nobody watches", async () => {
    const { err } = await flurry(["deploy", "nas"], {
      services: {
        deployFleet: async (request, context) => {
          context.emit({
            kind: "run-started",
            runId: "",
            command: "deploy",
            goal: "switch",
            source: "",
            hosts: ["nas"],
          });
          context.emit({ kind: "stage-started", host: "nas", stage: "copy" });
          for (let seconds = 0; seconds < 65; seconds++) running?.pass(1000);
          return await deployer([deployed])(request, context);
        },
      },
      during: (context) => {
        running = context;
      },
    });
    expect(err.split("\n").filter((line) => line.startsWith("waiting for"))).toEqual([
      "waiting for nas copying (0:30)",
      "waiting for nas copying (1:00)",
    ]);
  });

  it("drains at the first interruption and stops at the second", async () => {
    const states: (readonly [boolean, boolean])[] = [];
    const { code, err, context } = await flurry(["deploy", "nas"], {
      services: {
        deployFleet: async (request, context) => {
          const note = (): void => void states.push([context.drain?.aborted ?? false, context.signal.aborted]);
          note();
          running?.raise("SIGINT");
          note();
          running?.raise("SIGHUP");
          note();
          running?.raise("SIGINT");
          note();
          return await deployer([deployed])(request, context);
        },
      },
      during: (context) => {
        running = context;
      },
    });
    expect(states).toEqual([
      [false, false],
      [true, false],
      [true, false],
      [true, true],
    ]);
    expect(err).toContain("starting nothing new");
    expect(code).toBe(130);
    expect(context.listeners()).toBe(0);
  });

  it("is interrupted at once before there is anything to bring to an end", async () => {
    const { code, err } = await flurry(["deploy", "nas"], {
      services: {
        lockFlake: async (_, __, { signal }) => {
          running?.raise("SIGINT");
          throw FlurryError.from(signal.reason);
        },
      },
      during: (context) => {
        running = context;
      },
    });
    expect(code).toBe(130);
    expect(err).toContain("error[FLURRY_ABORTED]: interrupted");
  });

  it("shows with --dry-run what would change and touches nothing", async () => {
    const { code, out } = await flurry(["deploy", "--dry-run", "--quiet"], {
      services: { fleetStatus: async () => statuses },
    });
    expect(code).toBe(6);
    expect(out).toMatchSnapshot();
  });

  it.each([
    [["deploy", "nobody"], "FLURRY_NOTHING_SELECTED", 2],
    [["deploy", "(nas"], "FLURRY_SELECTOR_INVALID", 2],
    [["-C", "/nonexistent", "deploy"], "FLURRY_FLEET_NOT_FOUND", 3],
  ])("refuses %j", async (words, error, code) => {
    const result = await flurry(words);
    expect(result.err).toContain(`error[${error}]`);
    expect(result.code).toBe(code);
  });

  it("takes what nobody foresaw for a bug", async () => {
    const deployFleet = async (): Promise<RunReport> => {
      throw new TypeError("x is not a function");
    };
    const { code, err, context } = await flurry(["deploy", "-v"], { services: { deployFleet } });
    expect(code).toBe(1);
    expect(err).toContain("error[FLURRY_INTERNAL]: x is not a function");
    expect(err).toContain("commands.test.ts");
    expect(context.listeners()).toBe(0);
  });
});

const statuses: readonly HostStatus[] = [
  { host: "nas", state: "unknown", current: systemOf("nas"), profileSystem: systemOf("nas"), durationMs: 1 },
  { host: "compute", state: "unknown", current: systems.old, profileSystem: systems.old, durationMs: 1 },
  {
    host: "gateway",
    state: "unreachable",
    error: { code: "FLURRY_SSH_UNREACHABLE", message: "no route" },
    durationMs: 1,
  },
];

describe("flurry status", () => {
  it("tells drift apart", async () => {
    const { code, out } = await flurry(["status"], { services: { fleetStatus: async () => statuses } });
    expect(code).toBe(6);
    expect(out).toMatchSnapshot();
  });

  it("only asks with --no-eval", async () => {
    const services: Partial<Services> = {
      fleetStatus: async () => statuses.slice(0, 1),
      lockFlake: async () => {
        throw new Error("must not be called");
      },
    };
    const { code, out } = await flurry(["status", "--no-eval", "--json"], { services });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ command: "status", hosts: [{ host: "nas", state: "unknown" }] });
  });

  it("shows hosts although others do not evaluate", async () => {
    const trouble = { evaluation: ["nas"] };
    const services = { fleetStatus: async () => statuses.slice(0, 2) };
    const { code, out, err } = await flurry(["status", "-q"], { services, trouble });
    expect(code).toBe(4);
    expect(out).toContain("≠ drift");
    expect(err).toContain("error[FLURRY_EVAL_FAILED]");
  });
});

describe("flurry exec", () => {
  const results: readonly HostExecResult[] = [
    { host: "nas", exitCode: 0, stdout: "up\n", stderr: "", durationMs: 20 },
    { host: "gateway", exitCode: 3, stdout: "", stderr: "no\n", durationMs: 30 },
    {
      host: "compute",
      exitCode: null,
      stdout: "",
      stderr: "",
      error: { code: "FLURRY_SSH_UNREACHABLE", message: "no route" },
      durationMs: 40,
    },
  ];

  it("prints lines behind their hosts and a summary", async () => {
    const { code, out, err } = await flurry(["exec", "nas", "gateway", "--sudo", "--", "sh", "-c", "a b"], {
      services: {
        execOnHosts: async ({ command, privileged, onLine }) => {
          expect({ command, privileged }).toEqual({ command: ["sh", "-c", "a b"], privileged: true });
          onLine?.("nas", "stdout", "up");
          onLine?.("gateway", "stderr", "no\u001B[2J");
          return results;
        },
      },
    });
    expect(code).toBe(1);
    expect(out).toBe("nas     | up\n");
    expect(err).toMatchSnapshot();
  });

  it("prints one document as JSON", async () => {
    const { code, out, err } = await flurry(["exec", "nas", "--json", "--", "true"], {
      services: { execOnHosts: async () => results.slice(0, 1) },
    });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toEqual({ schemaVersion: 1, command: "exec", hosts: results.slice(0, 1) });
  });
});
