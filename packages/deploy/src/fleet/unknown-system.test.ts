import { storePath } from "@flurry/core";
import { parseFleet } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import type { HostFacts } from "../host/facts.ts";
import { HostLink } from "../host/host-link.ts";
import type { PendingHost } from "./build-wanted.ts";
import { guardsUnknownSystem, unknownSystem } from "./unknown-system.ts";

const [ours, theirs] = ["a", "b"].map((letter) => storePath(`/nix/store/${letter.repeat(32)}-nixos-system-nas`)) as [
  ReturnType<typeof storePath>,
  ReturnType<typeof storePath>,
];

function pending(deploy: object, current: typeof ours, keeps = false): PendingHost {
  const fleet = parseFleet({ hosts: { nas: { deploy } } });
  const [host] = fleet.ok ? fleet.value.hosts : [];
  if (host === undefined) throw new Error("there is no host");
  const link = new HostLink(host, { env: {}, cwd: "/" });
  const system = { drvPath: `${ours}.drv` as PendingHost["packages"][number]["drvPath"], outPath: ours };
  const facts = { current } as HostFacts;
  return { link, facts, system: keeps ? undefined : system, profiles: [], packages: [] };
}

describe("a host that is to be left alone where what it runs is not known", () => {
  const careful = { replaceUnknownProfiles: false };
  it.each([
    ["is one that says so", pending(careful, theirs), true],
    ["is no other", pending({}, theirs), false],
    ["is none that says the usual", pending({ replaceUnknownProfiles: true }, theirs), false],
    ["is none that has its system", pending(careful, ours), false],
    ["is none that keeps its system", pending(careful, theirs, true), false],
  ])("%s", (_, host, expected) => expect(guardsUnknownSystem(host)).toBe(expected));

  it("is told what it runs, unless that is known", () => {
    const host = pending(careful, theirs);
    expect(unknownSystem(host, new Set([theirs]))).toBeUndefined();
    expect(unknownSystem(host, new Set([ours]))).toMatchObject({
      code: "FLURRY_HOST_UNKNOWN_SYSTEM",
      host: "nas",
      message: expect.stringContaining(theirs),
    });
  });
});
