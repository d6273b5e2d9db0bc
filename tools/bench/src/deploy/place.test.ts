import { describe, expect, it } from "vitest";

import { passiveOpens } from "./place.ts";

describe("passiveOpens", () => {
  it("is found by its name", () => {
    const ip = "Ip: Forwarding InReceives\nIp: 1 77\n";
    expect(passiveOpens(`${ip}Tcp: RtoMin ActiveOpens PassiveOpens\nTcp: 200 5 42\n`)).toBe(42);
  });

  it("is missed where there is none", () => {
    expect(() => passiveOpens("Ip: a\nIp: 1\n")).toThrow("PassiveOpens");
  });
});
