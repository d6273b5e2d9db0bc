import { describe, expect, it } from "vitest";

import { willBeFetched } from "./build-forecast.ts";

describe("willBeFetched", () => {
  it.each([
    [["these 3 paths will be fetched (1.50 MiB download, 4.00 MiB unpacked):\n  /nix/store/x"], 3, 1_572_864],
    [["x", "this path will be fetched (0.00 MiB download, 0.01 MiB unpacked):"], 1, 0],
    [["these 12 paths will be fetched (2.00 GiB download, 5.00 GiB unpacked):"], 12, 2_147_483_648],
    [["these 2 derivations will be built:"], 0, 0],
  ])("%j", (lines, paths, downloadBytes) => {
    expect(willBeFetched(lines)).toEqual({ paths, downloadBytes });
  });
});
