import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

import type { LockedFlake } from "../flake/locked-flake.ts";
import { lockedInputs } from "./lock-closure.ts";

const locked = (rev: string): object => ({ type: "git", url: "https://example.org/x", rev, narHash: `sha256-${rev}` });

/** The digests of the inputs of a lock file. */
async function digests(nodes: object, ...names: readonly string[]) {
  await using temp = await tempDir("flurry-lock");
  mkdirSync(join(temp.path, "sub"));
  writeFileSync(join(temp.path, "sub/flake.lock"), JSON.stringify({ nodes, root: "root", version: 7 }));
  const input = lockedInputs({ storePath: temp.path, subdirectory: "sub" } as unknown as LockedFlake);
  return names.map((name) => input(name));
}

const base = {
  root: { inputs: { a: "a", b: "b_2" } },
  a: { inputs: { b: "b", c: ["b"] }, locked: locked("1") },
  b: { locked: locked("2") },
  b_2: { locked: locked("3"), original: { type: "indirect", id: "b" } },
};

describe("lockedInputs", () => {
  it.each([
    ["the same", base, false, false],
    ["the input", { ...base, a: { ...base.a, locked: locked("9") } }, true, false],
    ["an input of the input", { ...base, b: { locked: locked("9") } }, true, false],
    ["what an input of the input follows", { ...base, b_2: { locked: locked("9") } }, true, true],
    ["how it was asked for", { ...base, b_2: { ...base.b_2, original: { type: "git" } } }, false, false],
    ["that it is no flake", { ...base, b_2: { ...base.b_2, flake: false } }, true, true],
    ["an input that nobody asked for", { ...base, d: { locked: locked("9") } }, false, false],
  ])("changes with %s", async (_, nodes, aChanges, bChanges) => {
    const [a, b] = await digests(base, "a", "b");
    const [newA, newB] = await digests(nodes, "a", "b");
    expect(newA?.digest !== a?.digest).toBe(aChanges);
    expect(newB?.digest !== b?.digest).toBe(bChanges);
    expect(newA?.isRelative).toBe(false);
  });

  it("sees directories of the source, also behind other inputs", async () => {
    const nodes = { ...base, b: { locked: { type: "path", path: "./sub" } } };
    expect((await digests(nodes, "a", "b")).map(({ isRelative }) => isRelative)).toEqual([true, false]);
    const newer = { ...base, b_2: { locked: { type: "path", path: "../x" }, parent: [] } };
    expect((await digests(newer, "b")).map(({ isRelative }) => isRelative)).toEqual([true]);
  });

  it.each([
    ["an input that is not there", base, "nothing"],
    ["a node that is not there", { root: { inputs: { a: "a" } } }, "a"],
    ["inputs that follow each other", { root: { inputs: { a: ["b"], b: ["a"] } } }, "a"],
    ["no lock file", { root: 5 }, "a"],
  ])("knows nothing of %s", async (_, nodes, name) => {
    expect(await digests(nodes, name)).toEqual([{ digest: "unknown", isRelative: true, followsFlake: true }]);
  });

  it("sees inputs that follow the flake itself", async () => {
    const nodes = { ...base, a: { ...base.a, inputs: { b: "b", root: [] } } };
    expect((await digests(nodes, "a", "b")).map(({ followsFlake }) => followsFlake)).toEqual([true, false]);
  });

  it("ends in a circle of inputs", async () => {
    const nodes = {
      root: { inputs: { a: "a" } },
      a: { inputs: { b: "b" }, locked: locked("1") },
      b: { inputs: { a: ["a"] } },
    };
    expect((await digests(nodes, "a"))[0]?.isRelative).toBe(false);
  });
});
