import { describe, expect, it } from "vitest";

import { rolloutDefaults } from "../fleet/rollout.ts";
import type { Rollout, Wave } from "../fleet/rollout.ts";
import { parseSelector } from "./parse.ts";
import { assignWaves } from "./waves.ts";

function wave(name: string): Wave {
  const parsed = parseSelector(name);
  if (!parsed.ok) throw new Error(parsed.message);
  return { name, selector: parsed.selector, pauseMs: 0 };
}

function waves(selectors: readonly string[], hosts: readonly string[]): unknown {
  const rollout: Rollout = { ...rolloutDefaults, waves: selectors.map(wave) };
  const assigned = assignWaves(
    rollout,
    hosts.map((name) => ({ name, tags: name.startsWith("e") ? ["edge"] : [] })),
  );
  return assigned.map((one) => [one.wave.name, one.hosts.map((host) => host.name)]);
}

describe("assignWaves", () => {
  it.each([
    [
      ["nas", "*"],
      ["e1", "nas", "e2"],
      [
        ["nas", ["nas"]],
        ["*", ["e1", "e2"]],
      ],
    ],
    [["*", "nas"], ["nas"], [["*", ["nas"]]]],
    [
      ["@edge"],
      ["nas", "e1"],
      [
        ["@edge", ["e1"]],
        ["the rest", ["nas"]],
      ],
    ],
    [["nas", "@edge"], ["e1"], [["@edge", ["e1"]]]],
    [["*"], [], []],
  ])("%j of %j", (selectors, hosts, expected) => expect(waves(selectors, hosts)).toEqual(expected));
});
