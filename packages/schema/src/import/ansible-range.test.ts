import { describe, expect, it } from "vitest";

import { expandRange } from "./ansible-range.ts";

describe("expandRange", () => {
  it.each([
    ["web", ["web"]],
    ["web[1:3]", ["web1", "web2", "web3"]],
    ["web[08:11].lan", ["web08.lan", "web09.lan", "web10.lan", "web11.lan"]],
    ["n[0:6:3]", ["n0", "n3", "n6"]],
    ["db-[a:c]", ["db-a", "db-b", "db-c"]],
    ["r[1:2]n[1:2]", ["r1n1", "r1n2", "r2n1", "r2n2"]],
    ["[2001:db8::1]", ["[2001:db8::1]"]],
    ["x[3:1]", undefined],
    ["x[1:c]", undefined],
    ["x[1:999999999]", undefined],
    ["x[1", undefined],
    ["x[1:2:0]", undefined],
  ])("%s", (pattern, names) => expect(expandRange(pattern)).toEqual(names));
});
