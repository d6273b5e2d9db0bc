import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

import type { LockedFlake } from "../flake/locked-flake.ts";
import { lockedInputs, waysBack } from "./lock-closure.ts";

const locked = (rev: string): object => ({ type: "git", url: "https://example.org/x", rev, narHash: `sha256-${rev}` });

/** Calls with a flake of this lock file. */
async function withLock<T>(nodes: object, call: (flake: LockedFlake) => T): Promise<T> {
  await using temp = await tempDir("flurry-lock");
  mkdirSync(join(temp.path, "sub"));
  writeFileSync(join(temp.path, "sub/flake.lock"), JSON.stringify({ nodes, root: "root", version: 7 }));
  return call({ storePath: temp.path, subdirectory: "sub" } as unknown as LockedFlake);
}

/** What is behind the inputs of a lock file. */
async function digests(nodes: object, ...names: readonly string[]) {
  return await withLock(nodes, (flake) => names.map(lockedInputs(flake)));
}

async function waysOf(nodes: object) {
  return await withLock(nodes, waysBack);
}

const way = (inputs: object, directory = ""): object => ({ directory, inputs });

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
    expect(await digests(nodes, name)).toEqual([{ digest: "unknown", isRelative: true }]);
  });

  it("does not ask what is behind the flake itself", async () => {
    const nodes = { ...base, a: { ...base.a, inputs: { b: "b", root: [] } } };
    const others = { ...nodes, b_2: { locked: locked("9") } };
    expect((await digests(nodes, "a"))[0]?.digest).toBe((await digests(others, "a"))[0]?.digest);
    expect((await digests(nodes, "a"))[0]?.digest).not.toBe((await digests(base, "a"))[0]?.digest);
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

describe("waysBack", () => {
  it.each<[string, object, object]>([
    ["none", base, {}],
    ["an input that follows the flake", { ...base, a: { inputs: { b: "b", me: [] } } }, { a: way({ me: "flake" }) }],
    [
      "the input of an input, in a directory",
      { ...base, a: { inputs: { b: "b" } }, b: { inputs: { me: [] }, locked: { ...locked("2"), dir: "sub" } } },
      { a: way({ b: way({ me: "flake" }, "/sub") }) },
    ],
    ["the flake as its own input", { ...base, root: { inputs: { a: "a", me: [] } } }, { me: "flake" }],
    [
      "what follows an input that does",
      { ...base, a: { inputs: { x: ["b", "me"] } }, b_2: { inputs: { me: [] } } },
      {
        a: way({ x: "flake" }),
        b: way({ me: "flake" }),
      },
    ],
    ["no flake", { ...base, a: { flake: false, inputs: { me: [] } } }, {}],
    ["a circle", { root: { inputs: { a: "a" } }, a: { inputs: { a: "a" } } }, {}],
  ])("is %s", async (_, nodes, expected) => {
    expect(await waysOf(nodes)).toEqual(expected);
  });

  it("knows none without a lock file", async () => {
    expect(await waysOf({ root: 5 })).toEqual({});
  });
});
