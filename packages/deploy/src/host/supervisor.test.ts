import { runProcess } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { installAndRun, runOnce, runVerb, supervisorScript } from "./supervisor.ts";

describe("the supervisor's script", () => {
  it("is a POSIX shell script", async () => {
    const { exitCode, stderr } = await runProcess("sh", ["-n"], { stdin: supervisorScript() });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  it("refuses a run that the host has no record of", async () => {
    const [file = "", ...args] = runVerb("no-such-run", "status");
    const { exitCode, stdout } = await runProcess(file, args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 75, stdout: "@flurry refused=unknown-run\n" });
  });

  it("is read whole before it runs, so that no command of it can eat its rest", async () => {
    const [file = "", ...args] = runOnce("hello");
    const { stdout } = await runProcess(file, args, { stdin: 'cat\necho "$1"\n' });
    expect(stdout).toBe("hello\n");
  });

  it("gives the way back its time, however short the way there was to be", async () => {
    const script = supervisorScript().split("# The command line.")[0] ?? "";
    const calls = `
      R=$(mktemp -d); note activation 1
      timeout() { echo "at most $3 s"; }
      bounded true
      stop_step() { bounded true; cat "$R/log"; rm -r "$R"; exit; }
      undo "for the test"`;
    const { stdout } = await runProcess("sh", ["-s"], { stdin: `${script}${calls}` });
    expect(stdout).toBe("at most 1 s\nat most 60 s\n");
  });

  it.each([
    { verb: 'undo "for the test"', disk: "full", verdict: "" },
    { verb: 'undo "for the test"', disk: "free", verdict: "revert-failed" },
    { verb: "undo_after_boot", disk: "full", verdict: "" },
    { verb: "undo_after_boot", disk: "free", verdict: "revert-failed" },
  ])("$verb: gives up a way back that is none, but not where the disk was $disk", async ({ verb, disk, verdict }) => {
    const script = supervisorScript().split("# The command line.")[0] ?? "";
    const calls = `
      R=$(mktemp -d) id=r; for field in before link goal stay woken activation; do note "$field" ""; done
      sleep() { :; }
      stop_step() { :; }
      disarm() { :; }
      logger() { :; }
      restore_profile() { return 1; }
      restore_profiles() { trouble="no way back"; }
      restore_current() { :; }
      put() { [ "$1 ${disk}" != "attempt full" ] && note "$@"; }
      ${verb}
      get verdict; echo "$verdict"; rm -r "$R"`;
    const { stdout } = await runProcess("sh", ["-s"], { stdin: `${script}${calls}` });
    expect(stdout).toBe(`${verdict}\n`);
  });

  it("believes what the host runs, and not that the old system's activation says so", async () => {
    const script = supervisorScript().split("# The command line.")[0] ?? "";
    const calls = `
      R=$(mktemp -d) id=r; for field in link goal stay activation; do note "$field" ""; done; note before /nix/store/old
      sleep() { :; }
      stop_step() { :; }
      disarm() { :; }
      logger() { :; }
      restore_profile() { :; }
      activate() { code=0; }
      current_system() { echo /nix/store/new; }
      undo "for the test"
      get verdict; echo "$verdict"; rm -r "$R"`;
    const { stdout } = await runProcess("sh", ["-s"], { stdin: `${script}${calls}` });
    expect(stdout).toBe("revert-failed\n");
  });

  it("stays armed while its verdict cannot be written", async () => {
    const script = supervisorScript().split("# The command line.")[0] ?? "";
    const calls = `
      R=$(mktemp -d) id=r
      disarm() { echo disarmed; }
      logger() { :; }
      put() { [ "$1" != "$unwritable" ] && note "$@"; }
      for unwritable in reason verdict none; do conclude reverted "for the test"; echo "$unwritable: $?"; done
      rm -r "$R"`;
    const { stdout } = await runProcess("sh", ["-s"], { stdin: `${script}${calls}` });
    expect(stdout).toBe("reason: 1\nverdict: 1\ndisarmed\nnone: 0\n");
  });

  it("is called with words that no shell of the deployer or the host takes apart", () => {
    expect(installAndRun("r", "preflight", ["owner=a b"]).slice(3)).toEqual([
      "/var/lib/flurry/runs/r",
      "preflight",
      "r",
      "owner=a b",
    ]);
  });
});
