import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { emptyPreloadLog, parsePreloadLog } from "./preload-log.ts";

const directory = "/nix/store/aaa-source";

function log(...entries: readonly string[]): Uint8Array {
  return new TextEncoder().encode(emptyPreloadLog + entries.map((entry) => `${entry}\0`).join(""));
}

describe("parsePreloadLog", () => {
  it("reads each kind of entry, also names with line breaks", () => {
    const entries = ["P12", `o${directory}/a\nb`, `s${directory}//flake.lock`, `l${directory}`, `r${directory}/`];
    expect(parsePreloadLog(log(...entries), directory)).toEqual([
      { kind: "open", path: "/a\nb" },
      { kind: "stat", path: "/flake.lock" },
      { kind: "lstat", path: "" },
      { kind: "real", path: "" },
    ]);
  });

  it("reads back what it is given", () => {
    const path = fc.array(fc.stringMatching(/^[^/\0]{1,8}$/)).map((names) => names.map((name) => `/${name}`).join(""));
    const kinds = { open: "o", stat: "s", lstat: "l", real: "r" } as const;
    const read = fc.record({ kind: fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])), path });
    fc.assert(
      fc.property(fc.array(read), (reads) => {
        const entries = reads.map(({ kind, path }) => `${kinds[kind]}${directory}${path}`);
        expect(parsePreloadLog(log("P1", ...entries), directory)).toEqual(reads);
      }),
    );
  });

  it.each([
    ["a recorder that was not loaded", log()],
    ["a lost entry", new TextEncoder().encode(`no\nP1\0o${directory}/a\0`)],
    ["an entry that was cut off", new TextEncoder().encode(`${emptyPreloadLog}P1\0o${directory}/a`)],
    ["an entry of no known kind", log("P1", `x${directory}/a`)],
    ["a path elsewhere", log("P1", "o/etc/passwd")],
    ["a path beside it", log("P1", `o${directory}s/a`)],
    [
      "a name that is no UTF-8",
      Uint8Array.of(...log("P1"), 0x6f, ...new TextEncoder().encode(directory), 0x2f, 0xff, 0),
    ],
    ["an empty file", new Uint8Array()],
  ])("knows nothing after %s", (_, bytes) => {
    expect(parsePreloadLog(bytes, directory)).toBeUndefined();
  });
});
