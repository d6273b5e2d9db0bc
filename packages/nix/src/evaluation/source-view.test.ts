import { chmodSync, mkdirSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

import type { Read } from "./reads.ts";
import { SourceView } from "./source-view.ts";

async function source() {
  const temp = await tempDir("flurry-source");
  const at = (name: string): string => join(temp.path, name);
  mkdirSync(at("d/sub"), { recursive: true });
  writeFileSync(at("a"), "a");
  writeFileSync(at("d/x"), "x");
  symlinkSync("a", at("link"));
  symlinkSync("d", at("dirlink"));
  symlinkSync("nowhere", at("broken"));
  return { ...temp, at, value: (kind: Read["kind"], path: string) => new SourceView(temp.path).value({ kind, path }) };
}

const every: readonly (readonly [Read["kind"], string])[] = (["open", "stat", "lstat", "real"] as const).flatMap(
  (kind) =>
    ["", "/a", "/d", "/d/x", "/link", "/dirlink", "/dirlink/x", "/broken", "/none", "/a/below"].map(
      (path) => [kind, path] as const,
    ),
);

describe("SourceView", () => {
  it.each<[string, (at: (name: string) => string) => void, readonly string[]]>([
    ["nothing", () => {}, []],
    ["a file's content", (at) => writeFileSync(at("a"), "other"), ["open /a", "open /link"]],
    ["its mode", (at) => chmodSync(at("a"), 0o755), ["lstat /a", "open /a", "open /link", "stat /a", "stat /link"]],
    ["a name in a directory", (at) => writeFileSync(at("d/new"), ""), ["open /d", "open /dirlink"]],
    ["content in a directory", (at) => writeFileSync(at("d/x"), "y"), ["open /d/x", "open /dirlink/x"]],
    [
      "a link that leads to the same",
      (at) => {
        unlinkSync(at("link"));
        symlinkSync("./a", at("link"));
      },
      ["lstat /link"],
    ],
    [
      "a file that is there now",
      (at) => writeFileSync(at("none"), ""),
      ["lstat /none", "open ", "open /none", "real /none", "stat /none"],
    ],
    [
      "where a broken link leads to",
      (at) => writeFileSync(at("nowhere"), ""),
      ["open ", "open /broken", "real /broken", "stat /broken"],
    ],
  ])("tells %s", async (_, change, expected) => {
    await using one = await source();
    const before = every.map(([kind, path]) => one.value(kind, path));
    change(one.at);
    const changed = every.filter(([kind, path], index) => one.value(kind, path) !== before[index]);
    expect(changed.map(([kind, path]) => `${kind} ${path}`).sort()).toEqual(expected);
  });

  it("gives the same for the same source elsewhere", async () => {
    await using one = await source();
    await using other = await source();
    for (const [kind, path] of every) expect(one.value(kind, path)).toBe(other.value(kind, path));
  });
});
