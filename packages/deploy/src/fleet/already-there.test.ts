import { storePath } from "@flurry/core";
import { describe, expect, it } from "vitest";

import type { HostFacts } from "../host/facts.ts";
import { isAlreadyThere } from "./already-there.ts";

const a = storePath(`/nix/store/${"a".repeat(32)}-nixos-system`);
const b = storePath(`/nix/store/${"b".repeat(32)}-nixos-system`);
const facts = (current: typeof a, profile: typeof a): HostFacts => ({
  current,
  profile,
  generation: 1,
  booted: current,
  rebootNeeded: false,
  bootId: "x",
  uptimeSeconds: 1,
  storeFreeBytes: 1,
  storeTotalBytes: 1,
  rootFreeBytes: 1,
  rootTotalBytes: 1,
  systemState: "running",
  failedUnits: [],
  lock: undefined,
});

describe("a host that is there already", () => {
  it.each([
    ["switch", facts(a, a), true],
    ["switch", facts(a, b), false],
    ["switch", facts(b, a), false],
    ["test", facts(a, b), true],
    ["boot", facts(b, a), true],
    ["boot", facts(a, b), false],
    ["dry-activate", facts(b, b), false],
  ] as const)("goal %s", (goal, known, expected) => expect(isAlreadyThere(goal, a, known)).toBe(expected));
});
