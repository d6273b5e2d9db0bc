import type { FleetEvent } from "@flurry/core";
import { createLogUpdate } from "log-update";

import type { CliContext, TextOutput } from "../context.ts";
import type { Output } from "../output.ts";
import { isEvaluationWarning, lateWarnings } from "../renderers/late-warnings.ts";
import { initialState, reduce } from "../renderers/reduce.ts";
import { noMark, terminalMark, understandsMarks } from "../renderers/terminal-mark.ts";
import { renderFrame } from "../renderers/terminal.ts";
import type { Progress } from "./progress.ts";

const frameMs = 100;
const hideCursor = "\u001B[?25l";
const showCursor = "\u001B[?25h";

/** A live picture at the end of the terminal, drawn anew ten times a second and gone when the run is over. */
export function terminalProgress({ stderr, progressColors: colors }: Output, context: CliContext): Progress {
  const log = createLogUpdate(asStream(stderr), { showCursor: true });
  const warnings: FleetEvent[] = [];
  let state = initialState;
  let draining = false;
  let drawnLines = 0;
  let isAside = false;
  const draw = (): void => {
    if (state.hosts.size === 0 || isAside) return;
    const view = { columns: stderr.columns() ?? 80, rows: stderr.rows() ?? 24, now: context.now(), colors, draining };
    const frame = renderFrame(state, view);
    const lines = frame.split("\n").length;
    // log-update 7 patches only the lines that differ and loses the ones after an inserted line.
    if (lines !== drawnLines) log.clear();
    drawnLines = lines;
    log(frame);
    showMark(terminalMark(state));
  };
  const marks = understandsMarks(context.env);
  let shownMark = noMark;
  const showMark = (mark: string): void => {
    if (!marks || mark === shownMark) return;
    shownMark = mark;
    stderr.write(mark);
  };
  stderr.write(hideCursor);
  const ticker = context.every(frameMs, draw);
  return {
    event: (event) => {
      state = reduce(state, event);
      if (isEvaluationWarning(event)) warnings.push(event);
    },
    draining: () => {
      draining = true;
      draw();
    },
    aside: async (work) => {
      isAside = true;
      log.clear();
      drawnLines = 0;
      stderr.write(showCursor);
      try {
        return await work();
      } finally {
        isAside = false;
        stderr.write(hideCursor);
      }
    },
    tellsFailures: false,
    [Symbol.dispose]: () => {
      ticker[Symbol.dispose]();
      log.clear();
      showMark(noMark);
      for (const line of lateWarnings(warnings, colors)) stderr.write(`${line}\n`);
      stderr.write(showCursor);
    },
  };
}

// log-update reads the size and writes; it asks nothing else of the stream.
function asStream(output: TextOutput): NodeJS.WritableStream {
  return {
    isTTY: output.isTTY,
    get columns() {
      return output.columns();
    },
    get rows() {
      return output.rows();
    },
    write: (text: string) => {
      output.write(text);
      return true;
    },
  } as unknown as NodeJS.WritableStream;
}
