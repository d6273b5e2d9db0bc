import { storePath } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { bootChange } from "./boot-change.ts";
import { driftOf } from "./drift.ts";
import { forecastPackages } from "./package-forecast.ts";
import { parseDryActivation, unitsText } from "./unit-changes.ts";

describe("parseDryActivation", () => {
  it("reads what NixOS prints", () => {
    const said = `would stop the following units: a.service, b.service, old.service
would NOT stop the following changed units: display-manager.service
would activate the configuration...
would add secret: nginx
would restart systemd
would reload the following units: dbus.service
would restart the following units: nix-daemon.service
would start the following units: a.service, b.service, new.timer
`;
    expect(parseDryActivation(said.split("\n"))).toEqual({
      restart: ["a.service", "b.service", "nix-daemon.service"],
      start: ["new.timer"],
      stop: ["old.service"],
      reload: ["dbus.service"],
      skip: ["display-manager.service"],
      systemd: true,
      remarks: ["would add secret: nginx"],
    });
  });

  it("is told in a few words", () => {
    const said = ["would stop the following units: a", "would start the following units: a, b, c, d, e, f"];
    expect(unitsText(parseDryActivation([...said, "would restart systemd", "would add secret: x"]))).toBe(
      "would restart systemd itself, a; start b, c, d, e and 1 more; add secret: x",
    );
    expect(unitsText(parseDryActivation([]))).toBe("would touch no unit");
  });

  it("reads that nothing happens", () => {
    const nothing = { restart: [], start: [], stop: [], reload: [], skip: [], systemd: false, remarks: [] };
    expect(parseDryActivation(["", "would activate the configuration...", "setting up /etc..."])).toEqual(nothing);
  });
});

describe("bootChange", () => {
  const file = (name: string, letter = "a"): string => `/nix/store/${letter.repeat(32)}-${name}/file`;
  const booted = {
    kernel: file("linux-6.6.31"),
    initrd: file("initrd-linux-6.6.31"),
    systemd: file("systemd-255"),
    "kernel-params": "quiet",
  };
  it.each([
    ["nothing", {}, false, []],
    ["a kernel", { kernel: file("linux-6.6.32", "b") }, true, [["kernel", "linux-6.6.31", "linux-6.6.32"]]],
    [
      "the same kernel built again",
      { kernel: file("linux-6.6.31", "b") },
      true,
      [["kernel", "linux-6.6.31", "linux-6.6.31"]],
    ],
    ["parameters", { "kernel-params": "quiet splash" }, true, [["kernel-params", "quiet", "quiet splash"]]],
    ["systemd alone", { systemd: file("systemd-256", "b") }, false, [["systemd", "systemd-255", "systemd-256"]]],
    ["a part that the booted system lacks", { "kernel-modules": file("m") }, false, []],
  ])("%s", (_, more, rebootNeeded, parts) => {
    const change = bootChange(booted, { ...booted, ...more });
    expect(change.rebootNeeded).toBe(rebootNeeded);
    expect(change.parts.map(({ part, before, after }) => [part, before, after])).toEqual(parts);
  });
});

describe("driftOf", () => {
  it.each([
    ["a", "a", "b", "none"],
    ["a", "a", undefined, "none"],
    ["a", "b", "a", "uncommitted"],
    ["a", "b", "c", "foreign"],
    ["a", undefined, undefined, "foreign"],
  ] as const)("runs %s, boots %s, should run %s: %s", (current, profile, wanted, drift) => {
    expect(driftOf({ current, profile, wanted })).toBe(drift);
  });
});

describe("forecastPackages", () => {
  const running = ["nginx-1.26.1", "nginx-1.26.1-doc", "htop-3.3", "busybox-1.36", "unit-a.service", "go-1.22"].map(
    (name) => storePath(`/nix/store/${"a".repeat(32)}-${name}`),
  );
  it("tells the versions that what runs is going to have", () => {
    const names = [
      "nginx-1.26.2.drv",
      "htop-3.3.drv",
      "nixos-system-nas.drv",
      "go-1.22.drv",
      "go-1.23.drv",
      "gcc-13.drv",
    ];
    const derivations = names.map((name) => `/nix/store/${"b".repeat(32)}-${name}`);
    expect(forecastPackages(running, derivations).packages).toEqual([
      { name: "nginx", kind: "upgraded", before: ["1.26.1"], after: ["1.26.2"] },
    ]);
  });
});
