import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { auditLock } from "./audit.ts";
import { diffLocks } from "./lock-diff.ts";
import { parseLockFile } from "./lock-file.ts";
import type { LockFile } from "./lock-file.ts";
import { lockGraph, resolveInput } from "./lock-graph.ts";
import { isNixpkgs, projectOf, referenceText } from "./lock-reference.ts";
import { endOfRelease } from "./rules/end-of-life.ts";

type Json = Readonly<Record<string, unknown>>;

const now = Date.UTC(2026, 0, 1);
const day = 86_400;

function github(
  owner: string,
  repo: string,
  more: { readonly ref?: string; readonly rev?: string; readonly age?: number } = {},
): Json {
  const { ref, rev = "a".repeat(40), age = 1 } = more;
  return {
    locked: { type: "github", owner, repo, rev, narHash: "sha256-x", lastModified: now / 1000 - age * day },
    original: { type: "github", owner, repo, ...(ref === undefined ? {} : { ref }) },
  };
}

function textOf(nodes: Readonly<Record<string, Json>>, version = 7): string {
  return JSON.stringify({ nodes, root: "root", version }, undefined, 2);
}

function read(text: string): LockFile {
  const parsed = parseLockFile(text);
  if (!parsed.ok) throw new Error(parsed.issues[0]?.message);
  return parsed.value;
}

/** What the audit says, as `rule line input: message`. */
function audited(nodes: Readonly<Record<string, Json>>): readonly string[] {
  const findings = auditLock(read(textOf(nodes)), { nowMs: now });
  return findings.map(({ rule, severity, line, message }) => `${severity} ${rule} ${line}: ${message}`);
}

const nixpkgs = github("NixOS", "nixpkgs", { ref: "nixos-unstable" });

describe("parseLockFile", () => {
  it("knows the line of each node", () => {
    const lock = read(textOf({ a: github("o", "a"), root: { inputs: { a: "a" } } }));
    expect(lock.nodes.get("a")).toMatchObject({ name: "a", line: 3, column: 5 });
    expect(lock.nodes.get("root")).toMatchObject({ line: 18, column: 5, flake: true });
  });

  it("takes the hash and the time of version 5 from where they stood", () => {
    const { locked, original } = github("o", "a") as { locked: Json; original: Json };
    const { narHash, lastModified, ...rest } = locked;
    const old = { info: { narHash, lastModified }, locked: rest, original, flake: false };
    const lock = read(textOf({ a: old, root: { inputs: { a: "a" } } }, 5));
    expect(lock).toMatchObject({ version: 5 });
    expect(lock.nodes.get("a")).toMatchObject({ locked, flake: false });
    expect(auditLock(lock, { nowMs: now })).toEqual([]);
  });

  it.each([
    ["nothing", "", "the lock file is empty", 1],
    ["no JSON", "{", "the lock file is no JSON", 1],
    ["a merge conflict", '{\n  "nodes": {\n<<<<<<< HEAD\n', "the lock file has merge conflicts", 3],
    ["something else", "[]", "this is no lock file of a flake", 1],
    ["a node of another shape", textOf({ root: {}, a: { inputs: 5 } }), "this is no lock file of a flake", 4],
    ["a version of the past", textOf({ root: {} }, 4), "version 4 of lock files is not known", 1],
    ["a version of the future", textOf({ root: {} }, 8), "version 8 of lock files is not known", 1],
    ["no root", textOf({ a: {} }), 'the root "root" is not among the nodes', 1],
  ])("refuses %s", (_, text, message, line) => {
    const parsed = parseLockFile(text, { file: "x/flake.lock" });
    expect(parsed).toMatchObject({
      ok: false,
      issues: [{ message: expect.stringContaining(message) as string, place: { file: "x/flake.lock", line } }],
    });
    expect(parsed.ok ? "" : parsed.issues[0]?.hint).not.toBe("");
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseLockFile(text).ok).toBeTypeOf("boolean");
      }),
    );
  });
});

describe("resolveInput", () => {
  const lock = read(
    textOf({
      a: { ...github("o", "a"), inputs: { b: ["b"], self: [], up: ["c", "b"] } },
      b: github("o", "b"),
      c: { ...github("o", "c"), inputs: { b: ["c", "b"], d: ["e", "x"], e: ["e"] } },
      root: { inputs: { a: "a", b: "b", c: "c", e: ["f"], f: ["e"] } },
    }),
  );
  it.each([
    ["a node", "b", "b"],
    ["a path", ["a", "b"], "b"],
    ["the flake itself", ["a", "self"], "root"],
    ["a circle of one", ["c", "b"], "circle"],
    ["a path through a circle", ["a", "up"], "circle"],
    ["a circle of two", ["e"], "circle"],
    ["nothing", ["a", "z", "y"], "a/z"],
    ["a node that is missing", "z", "z"],
  ])("finds %s", (_, target, found) => {
    const resolved = resolveInput(lock, target);
    expect(
      resolved.kind === "node" ? resolved.node.name : resolved.kind === "circle" ? "circle" : resolved.missing,
    ).toBe(found);
  });

  it("ends on random lock files", () => {
    const names = ["root", "a", "b", "c", "d"];
    const name = fc.constantFrom(...names);
    const inputs = fc.dictionary(name, fc.oneof(name, fc.array(name, { maxLength: 3 })), { maxKeys: 4 });
    const nodes = fc.record(Object.fromEntries(names.map((each) => [each, fc.record({ inputs })])));
    fc.assert(
      fc.property(nodes, (random) => {
        const lock = read(textOf(random));
        const { reached, orphans } = lockGraph(lock);
        auditLock(lock, { nowMs: now });
        expect(reached.length + orphans.length).toBe(lock.nodes.size - 1);
      }),
    );
  });
});

describe("auditLock", () => {
  it("has nothing to say of a lock file as it should be", () => {
    const used = { ...github("o", "a"), inputs: { nixpkgs: ["nixpkgs"] } };
    expect(audited({ a: used, nixpkgs, root: { inputs: { a: "a", nixpkgs: "nixpkgs" } } })).toEqual([]);
  });

  it("finds a second nixpkgs, and what should follow", () => {
    const used = { ...github("o", "a"), inputs: { nixpkgs: "nixpkgs_2", pinned: "nixpkgs_3" } };
    const pinned = { ...github("NixOS", "nixpkgs", { rev: "c".repeat(40) }) };
    const original = { type: "github", owner: "NixOS", repo: "nixpkgs", rev: "c".repeat(40) };
    expect(
      audited({
        a: used,
        nixpkgs,
        nixpkgs_2: github("nixos", "nixpkgs", { rev: "b".repeat(40) }),
        nixpkgs_3: { ...pinned, original },
        root: { inputs: { a: "a", nixpkgs: "nixpkgs" } },
      }),
    ).toEqual([
      "warning lock-duplicate-nixpkgs 38: 3 versions of nixpkgs, 2 of them through other inputs: a/nixpkgs (bbbbbbb), a/pinned (ccccccc)",
      "warning lock-missing-follows 38: a brings its own nixpkgs, although the flake has nixpkgs",
    ]);
  });

  it("finds what leads nowhere", () => {
    expect(
      audited({ a: { ...github("o", "a"), inputs: { x: ["gone"] } }, root: { inputs: { a: "a", b: ["b"], c: "z" } } }),
    ).toEqual([
      'error lock-dangling-input 23: b follows "b", which leads back to itself',
      "error lock-dangling-input 23: c stands for z, which is not in the lock file",
      'error lock-dangling-input 3: a/x follows "gone", but there is no gone',
    ]);
  });

  it("finds what is not pinned, or only here", () => {
    const path = (where: string, more: Json = {}): Json => ({
      locked: { type: "path", path: where, narHash: "sha256-x", ...more },
      original: { type: "path", path: where },
    });
    expect(
      audited({
        bare: { original: { type: "github", owner: "o", repo: "r" } },
        dirty: {
          locked: { type: "git", url: "https://x/y", narHash: "sha256-x" },
          original: { type: "git", url: "https://x/y" },
        },
        here: path("/home/alice/x"),
        inside: path("./x"),
        root: { inputs: { bare: "bare", dirty: "dirty", here: "here", inside: "inside" } },
      }),
    ).toEqual([
      "error lock-unlocked 3: bare is not locked",
      "error lock-unlocked 10: dirty is a git tree with uncommitted changes",
      "warning lock-path-input 21: here is /home/alice/x of this machine",
    ]);
  });

  it("finds names of the registry, dead branches, old pins and what nobody needs", () => {
    const indirect = { ...github("numtide", "flake-utils"), original: { type: "indirect", id: "flake-utils" } };
    expect(
      audited({
        fu: indirect,
        nixpkgs: github("NixOS", "nixpkgs", { ref: "nixos-24.05", age: 400 }),
        left: github("o", "left"),
        root: { inputs: { fu: "fu", nixpkgs: "nixpkgs" } },
      }),
    ).toEqual([
      'warning lock-indirect 3: fu is "flake-utils" of the registry, which was github:numtide/flake-utils when it was locked',
      "warning lock-end-of-life 17: nixpkgs is of the branch nixos-24.05, which has had no updates since 2024-12-31",
      "note lock-stale 17: nixpkgs is 400 days old",
      "note lock-orphan 33: nothing leads to the node left",
    ]);
  });

  it("is done with thousands of inputs at once", () => {
    const many = Object.fromEntries(
      Array.from({ length: 3000 }, (_, index) => [
        `n${index}`,
        { ...github("o", `r${index}`), inputs: index === 0 ? {} : { next: `n${index - 1}`, same: ["last"] } },
      ]),
    );
    const nodes = { ...many, root: { inputs: { first: "n2999", last: "n0" } } };
    expect(audited(nodes)).toEqual([]);
  });
});

it.each([
  ["nixos-24.11", "2025-06-30"],
  ["nixos-24.05-small", "2024-12-31"],
  ["release-23.11", "2024-06-30"],
  ["nixos-20.09", "2021-04-30"],
  ["nixpkgs-24.05-darwin", "2024-12-31"],
  ["nixos-unstable", undefined],
  ["v24.05.1", undefined],
  ["feature-12.05", undefined],
])("%s ends on %s", (branch, end) => {
  const ms = endOfRelease(branch);
  expect(ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 10)).toBe(end);
});

describe("references", () => {
  const node = (locked: Json): Parameters<typeof projectOf>[0] => {
    const found = read(textOf({ a: { locked }, root: { inputs: { a: "a" } } })).nodes.get("a");
    if (found === undefined) throw new Error("no node");
    return found;
  };
  it.each([
    [{ type: "github", owner: "NixOS", repo: "nixpkgs", ref: "x" }, "github:NixOS/nixpkgs/x", true],
    [
      { type: "git", url: "https://github.com/nixos/nixpkgs.git", ref: "m" },
      "git+https://github.com/nixos/nixpkgs.git?ref=m",
      true,
    ],
    [
      { type: "tarball", url: "https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz" },
      "https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz",
      true,
    ],
    [{ type: "github", owner: "o", repo: "r", dir: "sub" }, "github:o/r?dir=sub", false],
    [{ type: "indirect", id: "nixpkgs", ref: "nixos-24.05" }, "nixpkgs/nixos-24.05", false],
    [{ type: "path", path: "/x" }, "path:/x", false],
  ])("%j", (locked, text, nixpkgsItIs) => {
    const each = node(locked);
    expect(referenceText({ ...locked, type: locked.type })).toBe(text);
    expect(isNixpkgs(each)).toBe(nixpkgsItIs);
  });

  it("are of one project however they are spelt", () => {
    const spellings: readonly Json[] = [
      { type: "github", owner: "NixOS", repo: "nixpkgs" },
      { type: "git", url: "https://github.com/nixos/nixpkgs" },
      { type: "git", url: "ssh://git@github.com/NixOS/nixpkgs.git?ref=x" },
    ];
    expect(new Set(spellings.map((locked) => projectOf(node(locked))))).toEqual(new Set(["github:nixos/nixpkgs"]));
  });
});

it("diffLocks tells what was added, removed and moved", () => {
  const root = (...names: readonly string[]): Json => ({
    inputs: Object.fromEntries(names.map((name) => [name, name])),
  });
  const before = read(
    textOf({ a: github("o", "a"), b: github("o", "b"), c: github("o", "c"), root: root("a", "b", "c") }),
  );
  const after = read(
    textOf({
      a: github("o", "a", { rev: "b".repeat(40) }),
      c: github("o", "c"),
      d: github("o", "d"),
      root: root("a", "c", "d"),
    }),
  );
  expect(diffLocks(before, after).map(({ input, kind, compareUrl }) => [input, kind, compareUrl])).toEqual([
    ["a", "changed", `https://github.com/o/a/compare/${"a".repeat(40)}...${"b".repeat(40)}`],
    ["b", "removed", undefined],
    ["d", "added", undefined],
  ]);
});
