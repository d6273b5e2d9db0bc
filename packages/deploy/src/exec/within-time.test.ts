import { spawnSync } from "node:child_process";

import { describe, expect, it } from "vitest";

import { withinTime } from "./within-time.ts";

describe("a command that is given a time", () => {
  const run = (command: readonly string[], timeoutMs = 20_000): ReturnType<typeof spawnSync> => {
    const [program = "", ...words] = withinTime(command, timeoutMs);
    return spawnSync(program, words, { encoding: "utf8" });
  };

  it("gets its words as they are, and ends as it ends", () => {
    expect(run(["printf", "%s|", "a b", "$HOME", "-k"])).toMatchObject({ status: 0, stdout: "a b|$HOME|-k|" });
    expect(run(["sh", "-c", "exit 3"])).toMatchObject({ status: 3 });
    expect(run(["sh", "-c", "kill -KILL $$"])).toMatchObject({ status: null, signal: "SIGKILL" });
    expect(run(["umask"])).toMatchObject({ status: 0 });
    expect(run(["nosuch"])).toMatchObject({ status: 127, stderr: expect.stringContaining("nosuch") });
  });

  it("is ended with what it started", () => {
    expect(run(["sh", "-c", "sleep 60 & sleep 60"], 300)).toMatchObject({ status: 124 });
  });
});
