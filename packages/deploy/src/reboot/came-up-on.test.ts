import type { StorePath } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { cameUpOn } from "./came-up-on.ts";
import type { CameUpOn } from "./came-up-on.ts";

const system = (name: string): StorePath => `/nix/store/${"0".repeat(32)}-${name}` as StorePath;
const [before, candidate, theirs] = ["before", "candidate", "theirs"].map(system) as [StorePath, StorePath, StorePath];
const lock = { runId: "20260101-000000-abcd", owner: "bob@desk", since: 1 };

describe("a host that was asked to reboot", () => {
  it.each<[string, CameUpOn, Partial<Parameters<typeof cameUpOn>[0]>]>([
    ["is on its new system", "candidate", { current: candidate, booted: candidate }],
    ["has fallen back", "before", { current: before, booted: before }],
    ["has fallen back, and does not tell what it booted", "before", { current: before, booted: undefined }],
    [
      "came up on the new system, on which another one is tried",
      "another",
      { current: theirs, booted: candidate, lock },
    ],
    ["fell back, and another one is tried since", "another", { current: theirs, booted: before, lock }],
    ["fell back, and is being deployed to", "another", { current: before, booted: before, lock }],
    ["came up on the new system; another one was tested since", "another", { current: theirs, booted: candidate }],
    ["came up, and another one was confirmed since", "another", { current: theirs, booted: candidate, generation: 3 }],
    ["another one was confirmed and booted since", "another", { current: theirs, booted: theirs, generation: 3 }],
  ])("%s", (_, place, facts) => {
    const now = { current: before, booted: before, generation: 2, lock: undefined, ...facts };
    expect(cameUpOn(now, { candidate, generation: 2 })).toBe(place);
  });
});
