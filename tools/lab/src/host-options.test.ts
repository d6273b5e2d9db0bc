import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { hostSpecs } from "./host-options.ts";
import type { HostOptions, HostSpecContext } from "./host-options.ts";

const context: HostSpecContext = { init: "systemd", existing: [], systemdProblem: undefined };

describe("hostSpecs", () => {
  it("gives the homelab its addresses and others the next free ones", () => {
    const specs = hostSpecs(["nas", "a", { name: "b", address: "10.0.21.11" }, "c", "gateway"], context);
    expect(specs.map(({ name, address, cable }) => [name, address, cable])).toEqual([
      ["nas", "10.0.20.10", "v0"],
      ["a", "10.0.21.10", "v1"],
      ["b", "10.0.21.11", "v2"],
      ["c", "10.0.21.12", "v3"],
      ["gateway", "10.0.20.1", "v4"],
    ]);
  });

  it("fills in the defaults", () => {
    expect(hostSpecs([{ name: "nas", init: "mini", storeSizeMiB: 60 }], context)).toEqual([
      {
        name: "nas",
        address: "10.0.20.10",
        cable: "v0",
        init: "mini",
        storeSizeMiB: 60,
        requireSignatures: false,
        sudo: "nopasswd",
        daemon: true,
      },
    ]);
  });

  it("goes on where the lab's hosts end", () => {
    const existing = hostSpecs(["a"], context);
    expect(hostSpecs(["b"], { ...context, existing })[0]).toMatchObject({ address: "10.0.21.11", cable: "v1" });
    expect(() => hostSpecs(["a"], { ...context, existing })).toThrow("two hosts named a");
  });

  it.each<[string, HostOptions]>([
    ["a capital", { name: "Nas" }],
    ["an option of ssh", { name: "-oProxyCommand=x" }],
    ["a hyphen at the end", { name: "nas-" }],
    ["nothing", { name: "" }],
    ["an address elsewhere", { name: "nas", address: "192.168.0.1" }],
    ["an address with a leading zero", { name: "nas", address: "10.0.01.1" }],
    ["the deployer's address", { name: "nas", address: "10.0.0.1" }],
    ["the network's address", { name: "nas", address: "10.0.0.0" }],
    ["the broadcast address", { name: "nas", address: "10.0.255.255" }],
    ["no room for a store", { name: "nas", storeSizeMiB: 0 }],
  ])("refuses a host with %s", (_, host) => {
    expect(() => hostSpecs([host], context)).toThrow(expect.objectContaining({ code: "LAB_INVALID" }));
  });

  it("refuses systemd where it cannot run, unless the host leaves it open", () => {
    const problem: HostSpecContext = { ...context, init: "mini", systemdProblem: "no cgroup2" };
    expect(() => hostSpecs([{ name: "nas", init: "systemd" }], problem)).toThrow("no cgroup2");
    expect(hostSpecs([{ name: "nas", init: "auto" }], problem)[0]?.init).toBe("mini");
  });

  it("never gives an address twice", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), { maxLength: 600 });
    fc.assert(
      fc.property(names, (hosts) => {
        const addresses = hostSpecs(hosts, context).map(({ address }) => address);
        expect(new Set(addresses).size).toBe(hosts.length);
        for (const address of addresses) expect(address).toMatch(/^10\.0\.\d{1,3}\.\d{1,3}$/);
      }),
    );
  });
});
