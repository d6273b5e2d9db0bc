import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError } from "@flurry/core";
import type { FleetEvent, Verdict } from "@flurry/core";
import { exitCodeOf } from "@flurry/deploy";
import type { DeployRequest, RunContext, RunReport } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import type { FakeContext } from "../../tests/support/fake-context.ts";
import { systems } from "../../tests/support/scripted-runs.ts";
import { flurry, statuses } from "../../tests/support/three-hosts.ts";
import type { Setting } from "../../tests/support/three-hosts.ts";

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

  /** Deploys nas, whose copy takes as long as `wait` lets pass, and returns what is shown meanwhile. */
  async function shownWhileCopying(
    words: readonly string[],
    setting: Setting,
    wait: (context: FakeContext | undefined) => void,
  ): Promise<string> {
    let running: FakeContext | undefined;
    const { err } = await flurry(["deploy", "nas", ...words], {
      ...setting,
      services: {
        deployFleet: async (request, context) => {
          const { runId, goal } = request;
          context.emit({ kind: "run-started", runId, command: "deploy", goal, source: "", hosts: ["nas"] });
          context.emit({ kind: "stage-started", host: "nas", stage: "copy" });
          wait(running);
          return await deployer([deployed])(request, context);
        },
      },
      during: (context) => {
        running = context;
      },
    });
    return err;
  }

  it("shows a live picture on a terminal and takes it away", async () => {
    const err = await shownWhileCopying(["--color", "never"], { tty: true }, (context) => context?.pass(100));
    expect(err).toContain("⠙ nas  copying");
    expect(err.endsWith("\u001B[?25h")).toBe(true);
  });

  it("gives signs of life when nobody watches", async () => {
    const err = await shownWhileCopying([], {}, (context) => {
      for (let seconds = 0; seconds < 65; seconds++) context?.pass(1000);
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
    expect(err).toContain("deploy.test.ts");
    expect(context.listeners()).toBe(0);
  });
});
