import { describe, expect, it } from "vitest";

import { scannedPlace } from "./scanned-place.ts";

describe("scannedPlace", () => {
  it.each([
    ["10.0.20.1", { address: "10.0.20.1" }],
    ["gateway.lab", { address: "gateway.lab" }],
    ["gateway.lab:2222", { address: "gateway.lab", port: 2222 }],
    ["fd00::1", { address: "fd00::1" }],
    ["[fd00::1]", { address: "fd00::1" }],
    ["[fd00::1]:2222", { address: "fd00::1", port: 2222 }],
    ["ssh://gateway", { address: "gateway" }],
    ["ssh://root@gateway:2222/", { address: "gateway", port: 2222 }],
    ["ssh://[fd00::1]:2222", { address: "fd00::1", port: 2222 }],
  ])("%s", (text, expected) => {
    expect(scannedPlace(text)).toEqual(expected);
  });

  it.each(["", "gateway:0", "gateway:70000", "http://gateway", "-oProxyCommand=x", "ssh://", "a b", "root@gateway"])(
    "%j is refused",
    (text) => {
      expect(() => scannedPlace(text)).toThrow(expect.objectContaining({ code: "FLURRY_USAGE" }));
    },
  );
});
