import { describe, expect, it } from "vitest";

import type { NixMessage } from "../process/internal-json.ts";
import { buildFailure } from "./build-failure.ts";
import { BuildLog, failedDerivation } from "./build-log.ts";

const drv = "/nix/store/9hi7bqm9kw7rx5iby0wzyyyzgmiq0qfz-shared.drv";

function message(rawText: string): NixMessage {
  return { kind: "message", level: 0, text: `error: ${rawText}`, rawText, trace: [] };
}

describe("failedDerivation", () => {
  it.each([
    `builder for '${drv}' failed with exit code 3`,
    `builder for '${drv}' failed with exit code 1;\n       last 10 log lines:\n       > x`,
    `Cannot build '${drv}'.\nReason: builder failed with exit code 3.\nOutput paths:\n  /nix/store/x-shared`,
    `a 'aarch64-linux' with features {} is required to build '${drv}', but I am a 'x86_64-linux' with features {kvm}`,
    `hash mismatch in fixed-output derivation '${drv}':\n  specified: sha256-a\n     got:    sha256-b`,
    `derivation '${drv}' may not be deterministic: output '/nix/store/x' differs`,
  ])("finds it in %s", (text) => {
    expect(failedDerivation(message(text))).toBe(drv);
  });

  it.each([
    `1 dependencies of derivation '${drv}' failed to build`,
    `Cannot build '${drv}'.\nReason: 1 dependency failed.\nOutput paths:\n  /nix/store/x`,
    `build of '${drv}' failed`,
    "out of memory",
  ])("blames nobody for %s", (text) => {
    expect(failedDerivation(message(text))).toBeUndefined();
  });
});

describe("BuildLog", () => {
  it("keeps the last 25 lines of what failed", () => {
    const log = new BuildLog();
    const start = { kind: "start", id: "1", text: "", activity: { type: "build", drvPath: drv, machine: "" } } as const;
    expect(log.push(start)).toEqual({ kind: "started", drvPath: drv });
    for (let n = 1; n <= 40; n++)
      log.push({ kind: "result", id: "1", result: { type: "log-line", line: `line ${n}` } });
    log.push(message(`builder for '${drv}' failed with exit code 3`));
    expect(log.push({ kind: "stop", id: "1" })).toEqual({ kind: "ended", drvPath: drv });
    const [failure] = log.failures();
    expect(failure?.lastLines).toHaveLength(25);
    expect(failure?.lastLines.at(-1)).toBe("line 40");
  });
});

describe("buildFailure", () => {
  it.each([
    [`builder for '${drv}' failed with exit code 3`, "shared failed with exit code 3"],
    [`Cannot build '${drv}'.\nReason: builder failed with exit code 3.`, "shared failed with exit code 3"],
    [
      `Cannot build '${drv}'.\nReason: required system or feature not available\nRequired system: 'aarch64-linux' with features {}`,
      "shared cannot be built here: it needs aarch64-linux",
    ],
    [
      `hash mismatch in fixed-output derivation '${drv}':\n  specified: sha256-a\n     got:    sha256-b`,
      "shared has the hash sha256-b, not sha256-a",
    ],
  ])("says of %j: %s", (text, said) => {
    const error = buildFailure("nas", [{ drvPath: drv, message: text, lastLines: ["oh no"] }]);
    expect(error).toMatchObject({ code: "FLURRY_BUILD_FAILED", host: "nas", message: said });
    expect(error.details).toContain("oh no");
  });
});
