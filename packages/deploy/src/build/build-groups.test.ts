import { drvPath, storePath } from "@flurry/core";
import { parseFleet } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import { buildGroups } from "./build-groups.ts";

function hostsBuiltOn(places: Readonly<Record<string, string>>) {
  const hosts = Object.fromEntries(
    Object.entries(places).map(([name, buildOn], index) => [
      name,
      { address: `10.0.0.${index + 1}`, deploy: { buildOn } },
    ]),
  );
  const fleet = parseFleet({ hosts });
  if (!fleet.ok) throw new Error(fleet.issues.map(({ message }) => message).join("\n"));
  return fleet.value.hosts;
}

function groups(
  places: Readonly<Record<string, string>>,
  {
    selected = Object.keys(places),
    localHost,
  }: { readonly selected?: readonly string[]; readonly localHost?: string } = {},
) {
  const hosts = hostsBuiltOn(places);
  const systems = hosts
    .filter(({ name }) => selected.includes(name))
    .map((host) => ({
      host,
      drvPath: drvPath(`/nix/store/${"0".repeat(32)}-${host.name}.drv`),
      outPath: storePath(`/nix/store/${"0".repeat(32)}-${host.name}`),
    }));
  const found = buildGroups(systems, (name) => hosts.find((host) => host.name === name), localHost);
  return found.map((group) => [group.place, group.systems.map(({ host }) => host.name).join(" ")]);
}

describe("systems by the place where they are built", () => {
  it("puts together what one store builds", () => {
    const places = { nas: "local", big: "local", a: "big", b: "target", c: "big", d: "ssh-ng://root@x", e: "big" };
    expect(groups(places)).toEqual([
      ["local", "nas big"],
      ["builder", "a c e"],
      ["target", "b"],
      ["builder", "d"],
    ]);
  });

  it("finds a builder that is not selected itself", () => {
    expect(groups({ big: "local", a: "big" }, { selected: ["a"] })).toEqual([["builder", "a"]]);
  });

  it("takes a host that is built on itself for what it is", () => {
    expect(groups({ big: "big" })).toEqual([["target", "big"]]);
  });

  it("builds here what the host builds that is this very machine", () => {
    const places = { nas: "local", big: "target", a: "big", b: "target" };
    expect(groups(places, { localHost: "big" })).toEqual([
      ["local", "nas big a"],
      ["target", "b"],
    ]);
  });
});
