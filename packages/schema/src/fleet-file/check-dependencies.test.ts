import { describe, expect, it } from "vitest";

import { findCircle } from "./check-dependencies.ts";
import { parseFleet } from "./parse-fleet.ts";

const issuesOf = (hosts: object, rollout?: object): readonly (readonly [string, string])[] => {
  const read = parseFleet({ hosts, ...(rollout === undefined ? {} : { rollout }) });
  return (read.ok ? read.warnings : read.issues).map(({ code, message }) => [code, message]);
};

describe("dependsOn", () => {
  it("is read", () => {
    const read = parseFleet({ hosts: { a: {}, b: { dependsOn: ["a", "a"] } } });
    expect(read).toMatchObject({ ok: true, value: { hosts: [{ name: "a" }, { name: "b", dependsOn: ["a"] }] } });
  });

  it.each([
    ["another host", { nas: {}, b: { dependsOn: ["nass"] } }, "unknown-host", 'there is no host "nass"'],
    ["itself", { a: { dependsOn: ["a"] } }, "dependency-circle", "a depends on itself"],
    [
      "a circle",
      { a: { dependsOn: ["b"] }, b: { dependsOn: ["c"] }, c: { dependsOn: ["a"] } },
      "dependency-circle",
      "hosts depend on each other: a, b, c, a",
    ],
  ])("cannot name %s", (_, hosts, code, message) => {
    expect(issuesOf(hosts)).toEqual([[code, message]]);
  });

  it("cannot name a host of a later wave", () => {
    const hosts = { a: { dependsOn: ["b"] }, b: {} };
    expect(issuesOf(hosts, { waves: ["a", "b"] })).toEqual([
      ["dependency-in-later-wave", "a depends on b, which a later wave deploys"],
    ]);
    expect(issuesOf(hosts, { waves: ["b", "a"] })).toEqual([]);
    expect(issuesOf(hosts)).toEqual([]);
  });

  it("finds no circle where two ways lead to one host", () => {
    const hosts = [
      { name: "a", dependsOn: ["b", "c"] },
      { name: "b", dependsOn: ["d"] },
      { name: "c", dependsOn: ["d"] },
      { name: "d" },
    ];
    expect(findCircle(hosts)).toBeUndefined();
  });
});

describe("gates between waves", () => {
  it("are read", () => {
    const rollout = { waves: [{ hosts: "a", pause: "10m", health: true, ask: true }, "*"], parallel: { evaluate: 2 } };
    expect(parseFleet({ hosts: { a: {}, b: {} }, rollout })).toMatchObject({
      ok: true,
      value: {
        rollout: {
          waves: [
            { name: "a", pauseMs: 600_000, health: true, ask: true },
            { name: "*", pauseMs: 0 },
          ],
          parallel: { evaluate: 2, copy: 10 },
        },
      },
    });
  });
});
