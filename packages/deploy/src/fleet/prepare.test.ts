import { storePath } from "@flurry/core";
import type { EvaluateOptions, LockedFlake, NixPool } from "@flurry/nix";
import { describe, expect, it } from "vitest";

import { prepare } from "./prepare.ts";
import { VerdictBoard } from "./verdict-board.ts";

const flake: LockedFlake = {
  original: ".",
  lockedRef: "path:/nix/store/9z8y7x6w5v4s3r2q1p0n9m8l7k6j5i4h-source",
  storePath: storePath("/nix/store/9z8y7x6w5v4s3r2q1p0n9m8l7k6j5i4h-source"),
  narHash: "sha256-x",
  dirty: false,
  warnings: [],
};

/** A pool that keeps how it was asked to evaluate. */
function poolThatKeeps(seen: (EvaluateOptions | undefined)[]): NixPool {
  const pool: Pick<NixPool, "evaluate"> = {
    async *evaluate(_flake, _requests, options) {
      seen.push(options);
      yield* [];
    },
  };
  return pool as NixPool;
}

describe("prepare", () => {
  it.each([
    ["as it does by itself", {}, {}],
    ["as the run says", { evaluation: { cache: "refresh" } }, { cache: "refresh" }],
  ] as const)("evaluates %s", async (_, choice, expected) => {
    const seen: (EvaluateOptions | undefined)[] = [];
    const emit = (): void => {};
    const { signal } = new AbortController();
    const place = { cwd: "/", env: {} };
    const world = { pool: poolThatKeeps(seen), nix: place, ssh: place, emit, operator: "alice@laptop", signal };
    await prepare([], { flake, board: new VerdictBoard([], emit), context: { ...world, ...choice } });
    expect(seen).toEqual([{ ...expected, signal }]);
  });
});
