import type { HostExecResult } from "@flurry/deploy";
import { describe, expect, it } from "vitest";

import { colorsFor } from "./colors.ts";
import { renderExecSummary, renderGrouped } from "./exec-output.ts";

const colors = colorsFor(false);
const said = (host: string, stdout: string, more: Partial<HostExecResult> = {}): HostExecResult => ({
  host,
  exitCode: 0,
  stdout,
  stderr: "",
  durationMs: 5,
  ...more,
});

describe("what a command printed, grouped", () => {
  it("stands there once for hosts that said the same, and what is different comes last", () => {
    const results = [
      said("web", "6.6.1\n"),
      said("nas", "6.6.63\n\nok\n"),
      said("compute", "6.6.63\n\nok\n"),
      said("mute", "\n"),
      said("odd", "out\u001B[2J\n", { exitCode: 3, stderr: "err\n" }),
    ];
    expect(renderGrouped(results, colors)).toBe(
      "nas, compute (2 hosts)\n  6.6.63\n\n  ok\n\nweb\n  6.6.1\n\nodd\n  out\n  err\n",
    );
    expect(renderGrouped([said("mute", "")], colors)).toBe("");
  });
});

describe("how a command ended", () => {
  it("names the signal where the host told it", () => {
    const killed = [said("nas", "", { exitCode: null, signal: "SIGTERM" }), said("web", "", { exitCode: null })];
    const text = renderExecSummary(killed, colors);
    expect(text).toContain("nas: the command was killed by SIGTERM\n");
    expect(text).toContain("web: the command was killed\n");
  });
});
