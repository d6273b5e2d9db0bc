import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import type { EvaluateOptions } from "@flurry/nix";
import { describe, expect, it } from "vitest";

import { fakeContext } from "../../tests/support/fake-context.ts";
import { fakeNix, lockedFlake } from "../../tests/support/fake-services.ts";
import type { Memory, Trouble } from "../../tests/support/fake-services.ts";
import { main } from "../main.ts";
import type { Services } from "../services.ts";

const fleetYaml = "hosts: { nas: {}, compute: {}, gateway: {} }\n";
const revision = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d";

interface Setting {
  readonly trouble?: Trouble;
  readonly memory?: Memory;
  readonly services?: Partial<Services>;
}

async function flurry(words: readonly string[], { trouble, memory, services }: Setting = {}) {
  await using dir = await tempDir("flurry-eval");
  await writeFile(join(dir.path, "fleet.yaml"), fleetYaml);
  await writeFile(join(dir.path, "flake.nix"), "");
  const context = fakeContext({ cwd: dir.path, services: { ...fakeNix({}, trouble, memory), ...services } });
  const code = await main(words, context);
  return { code, out: context.out(), err: context.err() };
}

describe("the flags of the cache", () => {
  it.each([
    [[], { cache: "use", verify: false }],
    [["--refresh"], { cache: "refresh", verify: false }],
    [["--no-eval-cache"], { cache: "off", verify: false }],
    [["--verify"], { cache: "use", verify: true }],
    [["--verify", "--refresh"], { cache: "refresh", verify: true }],
  ])("%j of eval are handed on", async (flags, expected) => {
    const seen: EvaluateOptions[] = [];
    await flurry(["eval", ...flags], { memory: { onEvaluate: (options) => void seen.push(options) } });
    expect(seen).toMatchObject([expected]);
  });

  it.each([["build"], ["status"], ["deploy", "--dry-run"]])("are handed on by %s %s", async (...command) => {
    const seen: EvaluateOptions[] = [];
    await flurry([...command.filter((word) => word !== undefined), "--refresh"], {
      memory: { onEvaluate: (options) => void seen.push(options) },
      services: { fleetStatus: async () => [] },
    });
    expect(seen).toMatchObject([{ cache: "refresh" }]);
  });

  it("reach the deployer", async () => {
    const seen: unknown[] = [];
    await flurry(["deploy", "--no-eval-cache"], {
      services: {
        deployFleet: async ({ runId }, context) => {
          seen.push(context.evaluation);
          return { runId, verdicts: [], exitCode: 0, durationMs: 1 };
        },
      },
    });
    expect(seen).toEqual([{ cache: "off" }]);
  });
});

describe("flurry eval --stats", () => {
  it("tells where each answer comes from and what it took", async () => {
    const { code, out } = await flurry(["eval", "--stats"], {
      trouble: { evaluation: ["gateway"] },
      memory: { cached: ["nas"] },
    });
    expect(code).toBe(4);
    expect(out).toMatchInlineSnapshot(`
      "host     answer       verified  time   memory  why
      nas      = cached     no
      compute  ✓ evaluated  yes       1.2 s  500 MB  hosts/compute.nix changed
      gateway  ✗ failed               0.0 s
      1 of 3 hosts cached
      "
    `);
  });

  it("is in the JSON in any case", async () => {
    const { out } = await flurry(["eval", "nas", "compute", "--json"], { memory: { cached: ["nas"] } });
    expect(JSON.parse(out)).toMatchObject({
      hosts: [
        { host: "nas", cached: true, verified: false, reasons: [], durationMs: 0 },
        {
          host: "compute",
          cached: false,
          verified: true,
          reasons: [{ kind: "file", path: "hosts/compute.nix", text: "hosts/compute.nix changed" }],
          peakRssBytes: 5e8,
        },
      ],
    });
  });
});

describe("the progress of cached hosts", () => {
  it("has no line for them", async () => {
    const { err } = await flurry(["eval"], { memory: { cached: ["nas", "gateway"] } });
    expect(err).toBe("compute | evaluating\n");
  });

  it("names them when everything is to be told", async () => {
    const { err } = await flurry(["eval", "-v"], { memory: { cached: ["nas"] } });
    expect(err).toContain("nas     | not evaluated again: cached\n");
    expect(err).not.toContain("nas     | evaluating");
  });
});

/** Git in a repository at /fleet that knows one revision. */
function repository(asked: string[], place = "/fleet repo\n\n"): Partial<Services> {
  const here = { directory: "/fleet repo", subdirectory: "hosts" };
  return {
    lockFlake: async (ref) => {
      asked.push(ref);
      return lockedFlake(ref, ref.includes("?rev=") ? { ...here, revision } : { ...here, dirty: true });
    },
    runProcess: async (file, args, { cwd }) => {
      expect({ file, cwd }).toEqual({ file: "git", cwd: "/fleet repo" });
      const known = args.includes("--show-toplevel") ? place : args.includes("HEAD^{commit}") ? `${revision}\n` : "";
      return { exitCode: known === "" ? 1 : 0, signal: null, stdout: known, stderr: "" };
    },
  };
}

describe("flurry eval --changed", () => {
  it("compares the working tree with the commit", async () => {
    const asked: string[] = [];
    const { code, out } = await flurry(["eval", "--changed"], { services: repository(asked) });
    expect(asked.at(-1)).toBe(`git+file:///fleet%20repo?rev=${revision}&dir=hosts`);
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "host     change     derivation           why
      nas      ~ changed  9z8y7x6w → 9z8y7x6w  hosts/nas.nix changed
      compute  ~ changed  9z8y7x6w → 9z8y7x6w  hosts/compute.nix changed
      gateway  ~ changed  9z8y7x6w → 9z8y7x6w  hosts/gateway.nix changed
      3 of 3 hosts affected by what changed since 1a2b3c4
      "
    `);
  });

  it("tells of hosts that no longer evaluate, and of those that are new", async () => {
    const { code, out } = await flurry(["eval", "--changed", "--json", "nas", "gateway"], {
      services: repository([]),
      trouble: { evaluation: ["gateway"] },
    });
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({
      command: "eval",
      since: revision,
      dirty: true,
      hosts: [
        { host: "nas", status: "changed", reasons: [{ text: "hosts/nas.nix changed" }] },
        { host: "gateway", status: "failed", error: { code: "FLURRY_EVAL_FAILED" } },
      ],
    });
  });

  it("finds the flake of a directory below the repository", async () => {
    const asked: string[] = [];
    await flurry(["eval", "--changed"], { services: repository(asked, "/\nfleet repo/\n") });
    expect(asked.at(-1)).toBe(`git+file:///?rev=${revision}&dir=fleet%20repo%2Fhosts`);
  });

  it("says that nothing is affected", async () => {
    const services = {
      ...repository([]),
      lockFlake: async (ref: string) => lockedFlake(ref, { directory: "/fleet repo" }),
    };
    const { out } = await flurry(["eval", "--changed"], { services });
    expect(out).toBe("0 of 3 hosts affected by what changed since 1a2b3c4\n");
  });

  it.each([
    ["a revision that nobody knows", ["--since", "nope"], repository([]), 'there is no revision "nope"'],
    ["no repository", [], repository([], ""), "is in no git repository"],
    ["a flake from elsewhere", [], {}, "needs a flake of this machine"],
  ])("refuses %s", async (_, flags, services, message) => {
    const { code, err } = await flurry(["eval", "--changed", ...flags], { services });
    expect(err).toContain("error[FLURRY_USAGE]");
    expect(err).toContain(message);
    expect(code).toBe(2);
  });
});
