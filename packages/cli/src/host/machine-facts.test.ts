import { describe, expect, it } from "vitest";

import { factMark } from "./facts-script.ts";
import { hardwareProfile } from "./hardware-profile.ts";
import { readFacts } from "./machine-facts.ts";

const said = (facts: Readonly<Record<string, string>>): string =>
  Object.entries(facts)
    .map(([name, text]) => `\n${factMark}${name}==\n${text}\n`)
    .join("");

describe("what a machine says of itself", () => {
  it("may be nothing at all", () => {
    const nothing = { boot: { kind: "none" } };
    for (const output of ["", "motd\n", `\n${factMark}machine==`, said({ addresses: 'Object "-j" is unknown' })])
      expect(JSON.parse(JSON.stringify(readFacts(output, ["10.0.0.1"])))).toEqual(nothing);
  });

  it.each([
    ["x86_64", "x86_64-linux"],
    ["aarch64", "aarch64-linux"],
    ["i686", "i686-linux"],
    ["i586", "i686-linux"],
    ["evil; rm", undefined],
  ])("%s is the system %s", (machine, system) => expect(readFacts(said({ machine }), []).system).toBe(system));

  it.each([
    [{ firmware: "uefi", disk: "/dev/sda" }, { kind: "systemd-boot" }],
    [
      { firmware: "bios", disk: "/dev/sda" },
      { kind: "grub", device: "/dev/sda" },
    ],
    [{ firmware: "bios", disk: '/dev/"x' }, { kind: "none" }],
    [{ firmware: "bios" }, { kind: "none" }],
  ])("%j starts with %j", (facts, boot) => expect(readFacts(said(facts), []).boot).toEqual(boot));

  const addresses = (info: object): string =>
    said({
      addresses: JSON.stringify([{ ifname: "eth0", addr_info: [{ family: "inet", prefixlen: 24, ...info }] }]),
      routes: '[{"dst":"default","gateway":"10.0.0.254","dev":"eth0"}]',
    });

  it("has its fixed address, unless a lease is behind it or it was reached by another", () => {
    const fixed = { interface: "eth0", address: "10.0.0.1", prefixLength: 24, gateway: "10.0.0.254" };
    expect(readFacts(addresses({ local: "10.0.0.1" }), ["10.0.0.1"]).network).toEqual(fixed);
    expect(readFacts(addresses({ local: "10.0.0.1", dynamic: true }), ["10.0.0.1"]).network).toBeUndefined();
    expect(readFacts(addresses({ local: "10.0.0.2" }), ["10.0.0.1"]).network).toBeUndefined();
  });

  it.each([
    ["10.0.0.53\n10.0.0.54\n10.0.0.53", ["10.0.0.53", "10.0.0.54"]],
    ["127.0.0.53\nfd00::53\n::1", ["fd00::53"]],
    ["1.1.1.1\n1.0.0.1\n9.9.9.9\n8.8.8.8", ["1.1.1.1", "1.0.0.1", "9.9.9.9"]],
    ['";}evil\nexample.org', undefined],
    ["", undefined],
  ])("asks the name servers of %j", (nameservers, expected) => {
    const output = addresses({ local: "10.0.0.1" }) + said({ nameservers });
    expect(readFacts(output, ["10.0.0.1"]).network?.nameservers).toEqual(expected);
  });

  it("was installed with one release and may run another", () => {
    expect(readFacts(said({ installed: "22.11", release: "24.05.1 (Uakari)" }), []).release).toBe("22.11");
    expect(readFacts(said({ release: "24.05.1 (Uakari)" }), []).release).toBe("24.05");
  });

  it("has hardware only where that looks like a module", () => {
    expect(readFacts(said({ hardware: "{ }" }), []).hardware).toBe("{ }\n");
    expect(readFacts(said({ hardware: "error: permission denied" }), []).hardware).toBeUndefined();
    expect(readFacts(said({ hardware: "", facter: '{"version":1}' }), []).facter).toBe('{"version":1}');
  });
});

describe("the module of nixos-hardware", () => {
  it.each([
    ["LENOVO", "20QD00LKGE", "ThinkPad X1 Carbon 7th", "lenovo-thinkpad-x1-7th-gen"],
    ["LENOVO", "21CB", "ThinkPad X1 Carbon Gen 10", "lenovo-thinkpad-x1-10th-gen"],
    ["LENOVO", "20XW", "ThinkPad X1 Carbon Gen 8", "lenovo-thinkpad-x1"],
    ["LENOVO", "20L5", "ThinkPad T480s", "lenovo-thinkpad-t480s"],
    ["LENOVO", "x", "ThinkPad T999", "lenovo-thinkpad"],
    ["Dell Inc.", "XPS 13 9310", "", "dell-xps-13-9310"],
    ["Dell Inc.", "Latitude 7490", "", "dell-latitude-7490"],
    ["Framework", "Laptop (12th Gen Intel Core)", "A6", "framework-12th-gen-intel"],
    ["PC Engines", "apu2", "", "pcengines-apu"],
    ["Supermicro", "SYS-5019", "", "supermicro"],
  ])("%s %s %s is %s", (vendor, product, version, profile) =>
    expect(hardwareProfile({ vendor, product, version })).toBe(profile),
  );

  it("is that of the processor for a machine that nobody knows, and none for a virtual one", () => {
    expect(hardwareProfile({ vendor: "Acme", product: "Box", cpu: "amd" })).toBe("common-cpu-amd");
    expect(hardwareProfile({ vendor: "QEMU", product: "Standard PC", cpu: "amd" })).toBeUndefined();
    expect(hardwareProfile({ cpu: "intel" })).toBeUndefined();
    expect(hardwareProfile({ vendor: "Dell Inc.", product: "XPS 13 1234" })).toBeUndefined();
  });
});
