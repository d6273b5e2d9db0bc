import { stripVTControlCharacters } from "node:util";

import stringWidth from "string-width";
import { describe, expect, it } from "vitest";

import { fakeContext } from "../../tests/support/fake-context.ts";
import { started, thirtyHosts } from "../../tests/support/scripted-runs.ts";
import { outputFor } from "../output.ts";
import { terminalProgress } from "./terminal-progress.ts";

/** A terminal whose size the test changes, and what was written since it last looked. */
function terminal(env: NodeJS.ProcessEnv = {}) {
  const context = fakeContext({ tty: true, env });
  const size = { columns: 100, rows: 40 };
  let written = "";
  const stderr = {
    isTTY: true,
    columns: () => size.columns,
    rows: () => size.rows,
    write: (text: string) => void (written += text),
  };
  const progress = terminalProgress({ ...outputFor(context, {}), stderr }, context);
  const take = (): string => {
    const text = written;
    written = "";
    return text;
  };
  return { context, size, progress, take };
}

const mark = "\u001B]9;4;";

describe("terminalProgress", () => {
  it("shows thirty hosts on forty lines, and fits whatever size the terminal gets", () => {
    const { context, size, progress, take } = terminal();
    for (const event of thirtyHosts()) progress.event(event);
    for (const [columns, rows] of [
      [100, 40],
      [60, 40],
      [60, 12],
      [120, 50],
    ] as const) {
      Object.assign(size, { columns, rows });
      take();
      context.pass(100);
      const lines = stripVTControlCharacters(take()).split("\n");
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
      const shown = lines.filter((line) => /^. web-\d\d /.test(line)).length;
      expect(shown).toBe(Math.min(30, rows - 3));
    }
    progress[Symbol.dispose]();
  });

  it("shows on the tab how far it is where the terminal can, and clears that in the end", () => {
    const { context, progress, take } = terminal({ TERM_PROGRAM: "ghostty" });
    for (const event of thirtyHosts()) progress.event(event);
    context.pass(100);
    expect(take()).toContain(`${mark}2;`);
    context.pass(100);
    expect(take()).not.toContain(mark);
    progress[Symbol.dispose]();
    expect(take()).toContain(`${mark}0;0`);
    const other = terminal();
    for (const event of thirtyHosts()) other.progress.event(event);
    other.context.pass(100);
    expect(other.take()).not.toContain(mark);
    other.progress[Symbol.dispose]();
  });

  it("leaves the terminal to a question", async () => {
    const { context, progress, take } = terminal();
    progress.event(started(["nas"]));
    context.pass(100);
    await progress.aside(async () => {
      take();
      context.pass(500);
      expect(take()).toBe("");
    });
    context.pass(100);
    expect(take()).toContain("nas");
    progress[Symbol.dispose]();
  });
});
