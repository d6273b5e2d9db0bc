import { describe, expect, it } from "vitest";

import { sourceInfoOf } from "./source-info.ts";

const narHash = "sha256-x";
const rev = "0123456789abcdef0123456789abcdef01234567";

describe("sourceInfoOf", () => {
  it.each([
    [{ type: "path", narHash }, { narHash }],
    [
      { type: "git", narHash, rev, revCount: 3, lastModified: 1_700_000_000 },
      {
        narHash,
        submodules: false,
        rev,
        shortRev: "0123456",
        revCount: 3,
        lastModified: 1_700_000_000,
        lastModifiedDate: "20231114221320",
      },
    ],
    [
      {
        type: "git",
        narHash,
        submodules: true,
        dirtyRev: `${rev}-dirty`,
        dirtyShortRev: "0123456-dirty",
        lastModified: 0,
      },
      {
        narHash,
        submodules: true,
        dirtyRev: `${rev}-dirty`,
        dirtyShortRev: "0123456-dirty",
        lastModified: 0,
        lastModifiedDate: "19700101000000",
      },
    ],
  ])("of %j", (locked, expected) => {
    expect(sourceInfoOf(locked)).toEqual(expected);
  });
});
