import { describe, expect, it } from "vitest";

import { CopyProgress } from "./copy-progress.ts";

describe("CopyProgress", () => {
  it("counts bytes where nix announces them", () => {
    const progress = new CopyProgress();
    progress.push({ kind: "start", id: "0", text: "", activity: { type: "copy-paths" } });
    progress.push({ kind: "start", id: "1", text: "copying 2 paths", activity: { type: "copy-paths" } });
    progress.push({ kind: "result", id: "1", result: { type: "expected", of: 100, count: 1000 } });
    expect(progress.state()).toEqual({ donePaths: 0, expectedPaths: 2, doneBytes: 0, expectedBytes: 1000 });
    progress.push({ kind: "start", id: "2", text: "", activity: { type: "copy-path", path: "/nix/store/a" } });
    progress.push({
      kind: "result",
      id: "2",
      result: { type: "progress", done: 600, expected: 600, running: 0, failed: 0 },
    });
    progress.push({ kind: "stop", id: "2" });
    expect(progress.state()).toEqual({ donePaths: 1, expectedPaths: 2, doneBytes: 600, expectedBytes: 1000 });
    expect(progress.sentPaths()).toEqual(["/nix/store/a"]);
  });

  it("counts paths alone where it does not", () => {
    const progress = new CopyProgress();
    progress.push({ kind: "start", id: "1", text: "copying 3 paths", activity: { type: "copy-paths" } });
    progress.push({ kind: "start", id: "2", text: "", activity: { type: "copy-path", path: "/nix/store/a" } });
    expect(progress.push({ kind: "stop", id: "2" })).toBe(true);
    expect(progress.push({ kind: "stop", id: "9" })).toBe(false);
    expect(progress.state()).toEqual({ donePaths: 1, expectedPaths: 3, doneBytes: 0, expectedBytes: 0 });
  });
});
