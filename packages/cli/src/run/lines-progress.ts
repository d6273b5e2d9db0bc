import type { CliContext } from "../context.ts";
import type { Output } from "../output.ts";
import { heartbeat, linesOf } from "../renderers/lines.ts";
import { initialState, reduce } from "../renderers/reduce.ts";
import type { Progress } from "./progress.ts";

/** How long nothing may be printed before a sign of life is. */
const silenceMs = 30_000;

/** One line after the other, for logs that nobody watches live. */
export function linesProgress(output: Output, context: CliContext): Progress {
  const { stderr, verbose, progressColors: colors } = output;
  let state = initialState;
  let printedAt = context.now();
  const print = (lines: readonly string[]): void => {
    if (lines.length === 0) return;
    // One write for a block keeps it together whatever else writes to the log.
    stderr.write(lines.map((line) => `${line}\n`).join(""));
    printedAt = context.now();
  };
  const ticker = context.every(1000, () => {
    if (context.now() - printedAt < silenceMs) return;
    const beat = heartbeat(state, context.now());
    print(beat === undefined ? [] : [colors.dim(beat)]);
  });
  return {
    event: (event) => {
      print(linesOf(event, state, { colors, verbose }));
      state = reduce(state, event);
    },
    draining: () => print(["finishing what runs, starting nothing new; interrupt again to stop at once"]),
    aside: (work) => work(),
    tellsFailures: true,
    [Symbol.dispose]: () => ticker[Symbol.dispose](),
  };
}
