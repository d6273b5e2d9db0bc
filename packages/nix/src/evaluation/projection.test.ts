import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

import type { Dependency } from "./dependency.ts";
import { projectSource } from "./projection.ts";
import type { Read } from "./reads.ts";
import { SourceView } from "./source-view.ts";

async function source() {
  const temp = await tempDir("flurry-projection");
  const from = join(temp.path, "source");
  mkdirSync(join(from, "d/sub"), { recursive: true });
  writeFileSync(join(from, "a"), "a");
  writeFileSync(join(from, "script"), "run", { mode: 0o755 });
  writeFileSync(join(from, "d/x"), "x");
  writeFileSync(join(from, "d/sub/z"), "z");
  symlinkSync("d", join(from, "dirlink"));
  symlinkSync("../a", join(from, "d/up"));
  symlinkSync("loop", join(from, "loop"));
  symlinkSync("/etc/passwd", join(from, "outside"));
  const project = (...reads: readonly (readonly [Read["kind"], string])[]): string => {
    const to = join(temp.path, `projection-${reads.flat().join("-").replaceAll("/", "_")}`);
    projectSource(from, to, { dependencies: reads.map(([kind, subject]) => ({ kind, subject, value: "" })) });
    return to;
  };
  return { ...temp, from, project };
}

describe("projectSource", () => {
  it("looks the same at everything that is recorded", async () => {
    await using place = await source();
    const paths = [
      "",
      "/a",
      "/script",
      "/d",
      "/d/x",
      "/d/up",
      "/dirlink",
      "/dirlink/x",
      "/loop",
      "/outside",
      "/none",
      "/a/b",
    ];
    for (const kind of ["open", "stat", "lstat", "real"] as const)
      for (const path of paths) {
        // What is behind it is the same in each projection, and outside of them.
        if (path === "/outside" && kind !== "lstat") continue;
        const to = place.project([kind, path]);
        const read: Read = { kind, path };
        expect([kind, path, new SourceView(to).value(read)]).toEqual([
          kind,
          path,
          new SourceView(place.from).value(read),
        ]);
      }
  });

  it("has nothing else", async () => {
    await using place = await source();
    const to = place.project(["open", "/dirlink/x"], ["open", "/d/sub"], ["stat", "/script"]);
    expect(readdirSync(to).sort()).toEqual([".flurry-proof", "d", "dirlink", "script"]);
    expect(readlinkSync(join(to, "dirlink"))).toBe("d");
    expect(readdirSync(join(to, "d")).sort()).toEqual(["sub", "x"]);
    expect(readFileSync(join(to, "d/sub/z"), "utf8")).toBe("");
    expect(readFileSync(join(to, "script"), "utf8")).toBe("");
    expect(statSync(join(to, "script")).mode & 0o111).not.toBe(0);
    expect(existsSync(join(to, "a"))).toBe(false);
  });

  it("leaves out what is no file", async () => {
    await using place = await source();
    const to = join(place.path, "empty");
    const others: readonly Dependency[] = [
      { kind: "input", subject: "/a" },
      { kind: "tree", subject: "" },
    ];
    projectSource(place.from, to, { dependencies: others.map((each) => ({ ...each, value: "" })) });
    expect(readdirSync(to)).toEqual([".flurry-proof"]);
  });

  it("has the flake's own files, whoever read them", async () => {
    await using place = await source();
    writeFileSync(join(place.from, "d/flake.nix"), "{ }");
    writeFileSync(join(place.from, "flake.lock"), "not that of the flake");
    const to = join(place.path, "flake");
    projectSource(place.from, to, { dependencies: [], subdirectory: "d" });
    expect(readFileSync(join(to, "d/flake.nix"), "utf8")).toBe("{ }");
    expect(existsSync(join(to, "flake.lock"))).toBe(false);
  });
});

describe("a projection differs from its source", () => {
  const everything = ["", "/a", "/script", "/d", "/d/x", "/d/sub", "/d/sub/z"];

  it("even when all of it was looked at but one file, or one directory's names", async () => {
    for (const left of everything) {
      await using place = await source();
      const reads = everything.filter((path) => path !== left).map((path) => ["open", path] as const);
      const others = ["/dirlink", "/d/up", "/loop", "/outside", left].map((path) => ["lstat", path] as const);
      const view = new SourceView(place.from);
      const dependencies = [...reads, ...others].map(([kind, path]) => ({ kind, subject: path, value: "" }));
      const to = join(place.path, "copy");
      expect(projectSource(place.from, to, { dependencies })).toBe(true);
      const copy = new SourceView(to);
      for (const [kind, path] of [...reads, ...others])
        expect([path, copy.value({ kind, path })]).toEqual([path, view.value({ kind, path })]);
      expect([left, copy.value({ kind: "open", path: left })]).not.toEqual([
        left,
        view.value({ kind: "open", path: left }),
      ]);
    }
  });

  it("by a name that nobody asked for", async () => {
    await using place = await source();
    const to = join(place.path, "copy");
    const dependencies = [{ kind: "stat", subject: "/.flurry-proof", value: "" }] as const;
    expect(projectSource(place.from, to, { dependencies })).toBe(true);
    expect(readdirSync(to)).toEqual([".flurry-proof-"]);
  });

  it("or is said to be the source", async () => {
    await using place = await source();
    const dependencies = everything.map((subject) => ({ kind: "open", subject, value: "" }) as const);
    expect(projectSource(place.from, join(place.path, "copy"), { dependencies })).toBe(false);
  });
});
