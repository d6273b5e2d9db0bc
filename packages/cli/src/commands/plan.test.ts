import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { drvPath, storePath, tempDir } from "@flurry/core";
import { exitCodeOf, parsePlan } from "@flurry/deploy";
import type { DeployRequest, HostPlan, HostStatus, PlanRequest, RunReport } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { fakeContext } from "../../tests/support/fake-context.ts";
import type { FakeOptions } from "../../tests/support/fake-context.ts";
import { fakeNix, lockedFlake, systemOf } from "../../tests/support/fake-services.ts";
import { systems } from "../../tests/support/scripted-runs.ts";
import { main } from "../main.ts";
import type { Services } from "../services.ts";

const fleetYaml = `
hosts: { nas: { address: 10.0.20.10 }, compute: { address: 10.0.20.11 }, gateway: { address: 10.0.20.1 } }
`;
const old = storePath(systems.old);

/** nas would change, compute is where it should be, gateway cannot be reached. */
const plans: readonly HostPlan[] = [
  {
    host: "nas",
    status: "change",
    current: old,
    profile: old,
    wanted: systemOf("nas"),
    drvPath: drvPath(`${systems.new}.drv`),
    drift: "none",
    change: {
      packages: { status: "unknown", why: "not built", learn: "plan with --build" },
      copy: { status: "unknown", why: "not built", learn: "plan with --build" },
      boot: { status: "unknown", why: "not built", learn: "plan with --build" },
      units: { status: "unknown", why: "not built", learn: "plan with --build" },
    },
    errors: [],
  },
  {
    host: "compute",
    status: "none",
    current: systemOf("compute"),
    profile: systemOf("compute"),
    wanted: systemOf("compute"),
    drvPath: drvPath(`${systems.new}.drv`),
    drift: "none",
    errors: [],
  },
  {
    host: "gateway",
    status: "unknown",
    errors: [{ code: "FLURRY_SSH_UNREACHABLE", message: "no route", host: "gateway" }],
  },
];

interface Seen {
  plan?: PlanRequest;
  deploy?: DeployRequest;
}

async function inFleet<T>(
  body: (
    run: (words: readonly string[], services?: Partial<Services>) => Promise<Ran>,
    seen: Seen,
    dir: string,
  ) => Promise<T>,
): Promise<T> {
  await using dir = await tempDir("flurry-plan");
  await writeFile(join(dir.path, "fleet.yaml"), fleetYaml);
  await writeFile(join(dir.path, "flake.nix"), "");
  const seen: Seen = {};
  const fakes: Partial<Services> = {
    planFleet: async (request) => {
      seen.plan = request;
      return plans.filter(({ host }) => request.hosts.some(({ name }) => name === host));
    },
    deployFleet: async (request): Promise<RunReport> => {
      seen.deploy = request;
      const verdicts = request.hosts.map(({ name: host }) => ({ host, status: "deployed" as const, durationMs: 1 }));
      return { runId: request.runId, verdicts, exitCode: exitCodeOf(verdicts), durationMs: 1 };
    },
  };
  const run = async (words: readonly string[], services: Partial<Services> = {}): Promise<Ran> => {
    const context = fakeContext({ services: { ...fakeNix(), ...fakes, ...services }, cwd: dir.path });
    const code = await main(words, context);
    return { code, out: context.out(), err: context.err() };
  };
  return await body(run, seen, dir.path);
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

describe("flurry plan", () => {
  it("tells what would change, and what went wrong with its exit code", async () => {
    await inFleet(async (run, seen) => {
      const { code, out } = await run(["plan"]);
      expect(out).toMatch(/^nas +~ would change +\?/m);
      expect(out).toMatch(/^compute +=/m);
      expect(out).toContain("1 of 3 hosts would change; nothing was activated");
      expect(out).toMatch(/^ +! +no route$/m);
      expect(code).toBe(6);
      expect(seen.plan).toMatchObject({ goal: "switch", build: false, units: "there", parallel: 8 });
    });
  });

  it.each([
    [["--build"], { build: true, units: "there" }],
    [["--copy"], { build: true, units: "copy" }],
    [["--no-units", "--boot", "-p", "2"], { units: "never", goal: "boot", parallel: 2 }],
  ])("hands on %j", async (flags, expected) => {
    await inFleet(async (run, seen) => {
      await run(["plan", "nas", ...flags]);
      expect(seen.plan).toMatchObject({ ...expected, hosts: [{ name: "nas" }] });
    });
  });

  it("prints JSON and Markdown", async () => {
    await inFleet(async (run) => {
      const json = await run(["plan", "nas", "--json"]);
      expect(JSON.parse(json.out)).toMatchObject({
        schemaVersion: 1,
        command: "plan",
        goal: "switch",
        hosts: [{ host: "nas" }],
      });
      const markdown = await run(["plan", "--markdown"]);
      expect(markdown.out).toContain("| nas | **would change** |");
    });
  });

  it("leaves out what runs as it should with --changed", async () => {
    await inFleet(async (run) => {
      const { hosts } = JSON.parse((await run(["plan", "--changed", "--json"])).out) as { hosts: HostPlan[] };
      expect(hosts.map(({ host }) => host)).toEqual(["nas", "gateway"]);
    });
  });

  it.each([
    [["plan", "--json", "--markdown"], "--json and --markdown exclude each other"],
    [["plan", "--copy", "--no-units"], "--copy and --no-units exclude each other"],
    [["plan", "--since", "main"], "--since says what --changed compares with"],
    [["plan", "--boot", "--goal", "test"], "two goals in one command"],
    [["deploy", "--since", "main"], "write: flurry deploy --changed --since main"],
    [["deploy", "--plan", "x", "--changed"], "--plan and --changed exclude each other"],
  ])("refuses %j", async (words, text) => {
    await inFleet(async (run) => {
      const { code, err, out } = await run(words);
      expect(`${err}${out}`).toContain(text);
      expect(code).toBe(2);
    });
  });
});

describe("a plan that is kept", () => {
  it("has the hosts that are known, and is deployed with what it says", async () => {
    await inFleet(async (run, seen, dir) => {
      const { err } = await run(["plan", "--boot", "--out", "a.plan"]);
      expect(err).toContain("warning: gateway: not in the plan, as too little is known");
      expect(err).toContain("flurry deploy --plan a.plan");
      const saved = parsePlan(await readFile(join(dir, "a.plan"), "utf8"), "a.plan");
      expect(saved.hosts.map(({ host }) => host)).toEqual(["nas", "compute"]);
      expect((await run(["deploy", "--plan", "a.plan"])).code).toBe(0);
      expect(seen.deploy).toMatchObject({
        goal: "boot",
        hosts: [{ name: "nas" }, { name: "compute" }],
        planned: saved.hosts,
      });
      await run(["deploy", "nas", "--plan", "a.plan"]);
      expect(seen.deploy).toMatchObject({ hosts: [{ name: "nas" }], planned: [saved.hosts[0]] });
    });
  });

  it("of profiles deploys those alone, and of them only what is selected", async () => {
    await inFleet(async (run, seen, dir) => {
      const profile = (name: string): string => `${name}: { user: alice, home: ${name} }`;
      const nas = `nas: { address: 10.0.20.10, profiles: { ${["home", "notes", "extra"].map(profile).join(", ")} } }`;
      await writeFile(join(dir, "fleet.yaml"), `hosts: { ${nas} }`);
      const profiles = ["home", "notes"].map((name) => {
        const paths = { current: old, wanted: systemOf(name), drvPath: drvPath(`${systemOf(name)}.drv`) };
        return { name, user: "alice", change: true, ...paths };
      });
      const plan = { host: "nas", status: "change", current: old, profile: old, profiles, errors: [] } as const;
      const { out } = await run(["plan", "--out", "a.plan"], { planFleet: async () => [plan] });
      expect(out).toMatch(/^ +! +profile home of alice would change: \w+ → \w+$/m);
      const names = (): unknown => seen.deploy?.hosts[0]?.profiles?.map(({ name }) => name);
      expect((await run(["deploy", "--plan", "a.plan"])).code).toBe(0);
      expect(seen.deploy?.hosts).toMatchObject([{ name: "nas", keepsSystem: true }]);
      expect(names()).toEqual(["home", "notes"]);
      expect((await run(["deploy", ".#nas.notes", "--plan", "a.plan"])).code).toBe(0);
      expect(names()).toEqual(["notes"]);
      expect(seen.deploy?.planned).toMatchObject([{ host: "nas", profiles: [{ name: "notes" }] }]);
      expect((await run(["deploy", ".#nas.extra", "--plan", "a.plan"])).err).toContain("none of the selected hosts");
    });
  });

  it("is refused where it does not fit", async () => {
    await inFleet(async (run, _, dir) => {
      await run(["plan", "--out", "a.plan"]);
      const other = { lockFlake: async (ref: string) => lockedFlake(ref, { narHash: "sha256-y", dirty: true }) };
      expect(await run(["deploy", "--plan", "a.plan"], other)).toMatchObject({
        code: 10,
        err: expect.stringContaining("error[FLURRY_PLAN_STALE]"),
      });
      expect(await run(["deploy", "--plan", "a.plan", "--goal", "test"])).toMatchObject({
        code: 2,
        err: expect.stringContaining("the plan is for the goal switch, not test"),
      });
      expect(await run(["deploy", "gateway", "--plan", "a.plan"])).toMatchObject({
        code: 2,
        err: expect.stringContaining("it is for nas, compute"),
      });
      expect(await run(["deploy", "--plan", "b.plan"])).toMatchObject({
        code: 3,
        err: expect.stringContaining("the plan b.plan cannot be read"),
      });
      await writeFile(join(dir, "fleet.yaml"), "hosts: { compute: { address: 10.0.20.11 } }");
      expect(await run(["deploy", "--plan", "a.plan"])).toMatchObject({
        code: 10,
        err: expect.stringContaining("no longer in the fleet: nas"),
      });
    });
  });
});

describe("flurry deploy --changed", () => {
  const status = (host: string, current: string): HostStatus => ({
    host,
    state: "unknown",
    current,
    profileSystem: current,
    durationMs: 1,
  });

  it("deploys the hosts that do not run what the flake says", async () => {
    await inFleet(async (run, seen) => {
      const fleetStatus = async () => [
        status("nas", systems.old),
        status("compute", systemOf("compute")),
        status("gateway", systemOf("gateway")),
      ];
      const { err } = await run(["deploy", "--changed"], { fleetStatus });
      expect(err).toContain("2 hosts left out: running what the flake says already");
      expect(seen.deploy?.hosts.map(({ name }) => name)).toEqual(["nas"]);
    });
  });

  it.each([
    [[], /^no host is left, nothing to do\n$/],
    [["--json"], /"kind":"report","schemaVersion":1,.*"verdicts":\[\],"exitCode":0/],
  ])("has nothing to do when all do %j", async (flags, out) => {
    await inFleet(async (run, seen) => {
      const fleetStatus = async () => ["nas", "compute", "gateway"].map((host) => status(host, systemOf(host)));
      const ran = await run(["deploy", "--changed", ...flags], { fleetStatus });
      expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(out) });
      expect(seen.deploy).toBeUndefined();
    });
  });
});

describe("a rollout with gates and limits", () => {
  const rolloutYaml = `${fleetYaml}rollout: { parallel: { evaluate: 3 }, waves: [{ hosts: nas, ask: true }, "*"] }\n`;

  async function deploy(words: readonly string[], setting: Pick<FakeOptions, "tty" | "answers">) {
    await using dir = await tempDir("flurry-gates");
    await writeFile(join(dir.path, "fleet.yaml"), rolloutYaml);
    await writeFile(join(dir.path, "flake.nix"), "");
    const seen: { concurrency?: number | undefined; answer?: boolean | undefined; asks?: boolean } = {};
    const nix = fakeNix();
    const services: Partial<Services> = {
      ...nix,
      openPool: (options) => {
        seen.concurrency = options.concurrency;
        if (nix.openPool === undefined) throw new Error("the fake has no pool");
        return nix.openPool(options);
      },
      deployFleet: async (request, { ask }) => {
        seen.asks = ask !== undefined;
        seen.answer = await ask?.("Go on?");
        return { runId: request.runId, verdicts: [], exitCode: 0, durationMs: 1 };
      },
    };
    await main(["deploy", ...words], fakeContext({ ...setting, services, cwd: dir.path }));
    return seen;
  }

  it.each([
    ["on a terminal: yes", [], { tty: true, answers: ["yes"] }, { asks: true, answer: true }],
    ["on a terminal: no", [], { tty: true, answers: ["no"] }, { asks: true, answer: false }],
    ["on a terminal: cancelled", [], { tty: true }, { asks: true, answer: false }],
    ["with --yes", ["--yes"], {}, { asks: true, answer: true }],
    ["where nobody is", [], {}, { asks: false, answer: undefined }],
  ])("asks %s", async (_, words, setting, expected) => {
    expect(await deploy(words, setting)).toEqual({ ...expected, concurrency: 3 });
  });
});
