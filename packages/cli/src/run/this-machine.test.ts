import { FlurryError } from "@flurry/core";
import { parseFleet } from "@flurry/schema";
import type { Fleet } from "@flurry/schema";
import { describe, expect, it } from "vitest";

import { thisMachine } from "./this-machine.ts";

function fleetOf(...names: readonly string[]): Fleet {
  const hosts = Object.fromEntries(names.map((name, at) => [name, { address: `10.0.0.${at + 1}`, tags: ["all"] }]));
  const parsed = parseFleet({ hosts });
  if (!parsed.ok) throw new Error(parsed.issues.map(({ message }) => message).join("\n"));
  return parsed.value;
}

const alice = (hostname: string) => ({ hostname, user: "alice" });

function refusal(fleet: Fleet, words: readonly string[], hostname: string): FlurryError {
  try {
    thisMachine(fleet, words, alice(hostname));
  } catch (error) {
    if (error instanceof FlurryError) return error;
  }
  throw new Error("it was not refused");
}

describe("the host that is this very machine", () => {
  it.each([
    ["nas", [], "nas"],
    ["nas.lab.local", [], "nas"],
    ["nixos", ["compute"], "compute"],
    ["nas", ["@all and compute"], "compute"],
  ])("of a machine called %s with the words %j is %s", (hostname, words, name) => {
    const host = thisMachine(fleetOf("nas", "compute"), words, alice(hostname));
    expect(host.name).toBe(name);
    expect(host.deploy.sshUser).toBe("alice");
  });

  it("may be one that nobody reaches over ssh", () => {
    const fleet = fleetOf("nas", "laptop");
    const [nas, laptop] = fleet.hosts;
    if (nas === undefined || laptop === undefined) throw new Error("two hosts were given");
    const hive: Fleet = { ...fleet, hosts: [nas], localHosts: [laptop] };
    expect(thisMachine(hive, [], alice("laptop")).name).toBe("laptop");
    expect(thisMachine(hive, ["laptop"], alice("nixos")).name).toBe("laptop");
  });

  it("prefers a whole name to a short one", () => {
    const fleet = fleetOf("nas", "nas.lab");
    expect(thisMachine(fleet, [], alice("nas.lab")).name).toBe("nas.lab");
  });

  it("is none when no host has its name, and says which one may be meant", () => {
    const error = refusal(fleetOf("gateway", "nas"), [], "naas");
    expect(error).toMatchObject({ code: "FLURRY_NOTHING_SELECTED", hint: "name the host that it is: --local nas" });
    expect(error.message).toContain("naas");
  });

  it("is not several hosts", () => {
    expect(refusal(fleetOf("nas", "compute"), ["*"], "nas")).toMatchObject({ code: "FLURRY_USAGE" });
  });
});
