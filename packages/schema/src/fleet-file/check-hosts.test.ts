import { describe, expect, it } from "vitest";

import { parseFleet } from "./parse-fleet.ts";

describe("hosts beside each other", () => {
  it("are told apart: one address for two hosts is a warning", () => {
    const read = parseFleet({ hosts: { nas: { address: "10.0.20.10" }, other: { address: "10.0.20.10" } } });
    expect(read).toMatchObject({
      ok: true,
      warnings: [
        { code: "shared-address", message: "other has the address 10.0.20.10 of nas", path: ["hosts", "other"] },
      ],
    });
  });

  it("may share an address behind different ports or jump hosts", () => {
    const behind = (deploy: object): object => ({ address: "10.0.20.10", deploy });
    const hosts = { nas: behind({ port: 22 }), other: behind({ port: 2222 }), third: behind({ jump: "bastion" }) };
    expect(parseFleet({ hosts })).toMatchObject({ ok: true, warnings: [] });
  });
});
