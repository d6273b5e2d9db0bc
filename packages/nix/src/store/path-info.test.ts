import { describe, expect, it } from "vitest";

import { parsePathInfo } from "./path-info.ts";

const a = "/nix/store/4a36nh4w33s2xg4icnrypcp1dcmk59a6-nixos-a";
const b = "/nix/store/80wv3klj0i0s9bxjbyjfipr3z3lmkrqa-gone";
const info = { narSize: 168, narHash: "sha256-Scp/X1BP8Q3LCc7OgCDvupyw6UyKe1dQ5F/vxCV5ia4=", references: [] };

describe("parsePathInfo", () => {
  it.each([
    [
      "a list, until 2.18",
      [
        { path: a, ...info },
        { path: b, valid: false },
      ],
    ],
    ["an object, since 2.19", { [a]: info, [b]: null }],
    [
      "the second format of 2.33",
      { version: 2, storeDir: "/nix/store", info: { [a.slice(11)]: info, [b.slice(11)]: null } },
    ],
  ])("reads %s and leaves out what is not valid", (_, json) => {
    expect([...parsePathInfo(JSON.stringify(json)).values()]).toEqual([{ path: a, ...info }]);
  });

  it.each(["", "nonsense", "3", "null"])("refuses %j", (text) => {
    expect(() => parsePathInfo(text)).toThrow(expect.objectContaining({ code: "FLURRY_NIX_OUTPUT_INVALID" }));
  });
});
