import type { FleetEvent } from "@flurry/core";

import type { CliContext } from "../context.ts";
import type { Output } from "../output.ts";

/** Shows what happens while it happens. Dispose of it before the result is printed. */
export interface Progress extends Disposable {
  /** Takes every event of the run. */
  readonly event: (event: FleetEvent) => void;
  /** Tells that nothing new is started from now on. */
  readonly draining: () => void;
  /** Lets something else have the terminal while it goes on. */
  readonly aside: <T>(work: () => Promise<T>) => Promise<T>;
  /** Whether failures of hosts are shown in full as they happen. */
  readonly tellsFailures: boolean;
}

/** Opens the face of a run that its output asks for. */
export async function openProgress(output: Output, context: CliContext): Promise<Progress> {
  switch (output.progress) {
    case "terminal": {
      const { terminalProgress } = await import("./terminal-progress.ts");
      return terminalProgress(output, context);
    }
    case "lines": {
      const { linesProgress } = await import("./lines-progress.ts");
      return linesProgress(output, context);
    }
    case "json": {
      const { eventLine } = await import("../renderers/ndjson.ts");
      return { ...silent, event: (event) => output.stderr.write(eventLine(event)), tellsFailures: true };
    }
    case "none":
      return silent;
  }
}

const silent: Progress = {
  event: () => {},
  draining: () => {},
  aside: (work) => work(),
  tellsFailures: false,
  [Symbol.dispose]: () => {},
};
