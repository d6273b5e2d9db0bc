import { drvPath, storePath } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { attribution } from "./attribution.ts";
import type { BuildRequest } from "./build-request.ts";

const hash = "mwfz3hvqjlnpzbdgj1k3bwljmqijyzv9";
const drv = (name: string): ReturnType<typeof drvPath> => drvPath(`/nix/store/${hash}-${name}.drv`);

function request(host: string, system: string): BuildRequest {
  return { host, drvPath: drv(system), outPath: storePath(`/nix/store/${hash}-${system}`) };
}

describe("attribution", () => {
  const requests = [request("nas", "a"), request("web", "b"), request("web2", "b")];
  const closures = new Map([
    [drv("a"), new Set([drv("a"), drv("shared")])],
    [drv("b"), new Set([drv("b"), drv("shared"), drv("own")])],
  ]);

  it("gives a derivation to all hosts that need it", () => {
    const owners = attribution(requests, closures);
    expect(owners.hostsOf(drv("shared"))).toEqual(["nas", "web", "web2"]);
    expect(owners.hostsOf(drv("own"))).toEqual(["web", "web2"]);
    expect(owners.hostsOf(drv("a"))).toEqual(["nas"]);
    expect(owners.hostsOf(drv("nobodys"))).toEqual([]);
    expect(owners.count("web", [drv("b"), drv("own"), drv("a")])).toBe(2);
  });

  it("gives everything to the hosts of a single derivation without asking for its closure", () => {
    expect(attribution(requests.slice(1), new Map()).hostsOf(drv("anything"))).toEqual(["web", "web2"]);
  });

  it("knows at least a host's own derivation", () => {
    expect(attribution(requests, new Map()).hostsOf(drv("b"))).toEqual(["web", "web2"]);
  });
});
