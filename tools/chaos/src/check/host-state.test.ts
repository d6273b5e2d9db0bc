import { describe, expect, it } from "vitest";

import { parseHostState } from "./host-state.ts";

const unbegun = "run\tr1\tswitch\t/new\t/old\tsystem-1-link\tb\tnone\t\t\t0";

describe("what a host says of itself", () => {
  it("has its systems, runs and leftovers", () => {
    const state = parseHostState(
      [
        "current\t/new",
        "profile\t/new",
        "bootedAt\t12.5",
        "run\tr1\tswitch\t/new\t/old\tsystem-1-link\tb\trevert\treverted\tnot-confirmed nobody came\t17.25\t1",
        "left\tpin\t/nix/var/nix/gcroots/flurry-r1-before",
      ].join("\n"),
    );
    expect(state).toMatchObject({ current: "/new", bootedAt: 12.5, lease: undefined });
    expect(state.runs).toMatchObject([
      {
        id: "r1",
        token: "revert",
        verdict: "reverted",
        reason: "not-confirmed nobody came",
        decidedAt: 17.25,
        keepsSystem: true,
      },
    ]);
    expect(state.leftovers).toEqual([{ kind: "pin", what: "/nix/var/nix/gcroots/flurry-r1-before" }]);
  });

  it("a lock whose lease is not over and its pins are no leftovers", () => {
    const state = parseHostState(`${unbegun}\nlock\tr1\t20\nleft\tpin\t/nix/var/nix/gcroots/flurry-r1-before`);
    expect(state.lease).toEqual({ run: "r1", seconds: 20 });
    expect(state.leftovers).toEqual([]);
  });

  it("a lock whose lease is over is one, and so is one of a run that has ended", () => {
    expect(parseHostState(`${unbegun}\nlock\tr1\t-1`).leftovers).toEqual([{ kind: "lock", what: "r1" }]);
    const ended = unbegun.replace("none\t", "commit\tcommitted");
    expect(parseHostState(`${ended}\nlock\tr1\t50`).leftovers).toEqual([{ kind: "lock", what: "r1" }]);
  });
});
