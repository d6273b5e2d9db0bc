import { parseFleet } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import { withChosenProfiles } from "./chosen-profiles.ts";

const fleet = parseFleet({
  hosts: {
    nas: {
      profiles: {
        notes: { user: "alice", output: 'packages.x86_64-linux."my.notes"' },
        home: { user: "alice", home: "alice@nas", activationTimeout: "30s", autoRollback: false },
      },
    },
    gw: {},
  },
});
const hosts = fleet.ok ? fleet.value.hosts : [];

function chosen(...words: readonly string[]): object {
  return withChosenProfiles(hosts, new Map([["nas", new Set(words)]])).map(({ name, profiles = [], keepsSystem }) => [
    name,
    profiles.map((profile) => profile.name),
    keepsSystem,
  ]);
}

describe("withChosenProfiles", () => {
  it("begins with profiles as the fleet file has them", () =>
    expect(hosts[0]?.profiles).toMatchObject([
      { name: "notes", phase: "after", attrPath: ["packages", "x86_64-linux", "my.notes"], autoRollback: true },
      {
        name: "home",
        attrPath: ["homeConfigurations", "alice@nas", "activationPackage"],
        activationTimeoutMs: 30_000,
        autoRollback: false,
      },
    ]));

  it("leaves what is named, and keeps a system that is not", () => {
    expect(chosen("home")).toEqual([
      ["nas", ["home"], true],
      ["gw", [], undefined],
    ]);
    expect(chosen("system", "notes")).toEqual([
      ["nas", ["notes"], undefined],
      ["gw", [], undefined],
    ]);
    expect(chosen("system")).toEqual([
      ["nas", [], undefined],
      ["gw", [], undefined],
    ]);
  });

  it("knows what a host does not have", () => {
    expect(() => chosen("hom")).toThrow('nas has no profile "hom"');
    expect(() => withChosenProfiles(hosts, new Map([["gw", new Set(["notes"])]]))).toThrow('gw has no profile "notes"');
  });
});
