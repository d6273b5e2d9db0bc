import { describe, expect, it } from "vitest";

import { runProcess } from "./run-process.ts";

/** Processes of a group that have not ended; a zombie that nobody has collected yet has ended. */
async function livingMembers(group: number): Promise<string[]> {
  const { stdout } = await runProcess("ps", ["-eo", "pgid=,stat=,args="]);
  return stdout.split("\n").filter((line) => {
    const [pgid, state = ""] = line.trim().split(/\s+/);
    return pgid === String(group) && !state.startsWith("Z");
  });
}

describe("runProcess", () => {
  it("reports how a program ended, whatever it said", async () => {
    const result = await runProcess("sh", ["-c", "cat; echo oops >&2; exit 3"], { stdin: "hello" });
    expect(result).toEqual({ exitCode: 3, signal: null, stdout: "hello", stderr: "oops\n" });
  });

  it("hands out lines as they come", async () => {
    const lines: string[] = [];
    const { stderr } = await runProcess("sh", ["-c", "echo a; echo b; echo c >&2"], {
      onStdoutLine: (line) => lines.push(`out ${line}`),
      onStderrLine: (line) => lines.push(`err ${line}`),
    });
    expect(lines.toSorted()).toEqual(["err c", "out a", "out b"]);
    expect(stderr).toBe("c\n");
  });

  it("names a missing program and the way out", async () => {
    await expect(runProcess("no-such-program", [])).rejects.toMatchObject({
      code: "FLURRY_PROCESS_NOT_FOUND",
      hint: "Install no-such-program or put it on PATH.",
    });
  });

  it("ends the program and all it started when its time is up, even if they ignore SIGTERM", async () => {
    let pid = 0;
    const script = "trap '' TERM; sh -c \"trap '' TERM; sleep 60\" & sleep 60";
    const run = runProcess("sh", ["-c", script], { timeoutMs: 100, graceMs: 100, onSpawn: (id) => (pid = id) });
    await expect(run).rejects.toMatchObject({ code: "FLURRY_TIMEOUT" });
    await expect.poll(() => livingMembers(pid)).toEqual([]);
  });

  it("ends the program when the caller gives up", async () => {
    const controller = new AbortController();
    const run = runProcess("sleep", ["60"], { signal: controller.signal });
    controller.abort();
    await expect(run).rejects.toMatchObject({ code: "FLURRY_ABORTED" });
    await expect(runProcess("sleep", ["60"], { signal: controller.signal })).rejects.toMatchObject({
      code: "FLURRY_ABORTED",
    });
  });

  it("does not keep output without end", async () => {
    const run = runProcess("sh", ["-c", "yes"], { maxOutputBytes: 100_000 });
    await expect(run).rejects.toMatchObject({ code: "FLURRY_OUTPUT_TOO_LARGE" });
  });

  it("does not mind a program that ignores its input", async () => {
    const { exitCode } = await runProcess("true", [], { stdin: "x".repeat(1_000_000) });
    expect(exitCode).toBe(0);
  });
});
