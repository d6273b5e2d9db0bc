import { parseNixLogLine } from "./internal-json.ts";
import type { NixLogEvent, NixMessage } from "./internal-json.ts";

/** What is kept of a nix process's standard error when the process has ended. */
export interface NixLog {
  /** Messages of level 0 that are no traces, the last one being what ended the process. */
  readonly errors: readonly NixMessage[];
  /** The texts of messages of level 1. */
  readonly warnings: readonly string[];
  /** The last lines that are not nix's own: of ssh, git or a broken program. */
  readonly otherLines: readonly string[];
}

const keptErrors = 200;
const keptOtherLines = 50;

/** Reads standard error line by line, hands on what it says, and keeps what a failure would have to be explained with. */
export class NixLogReader {
  readonly #errors: NixMessage[] = [];
  readonly #warnings: string[] = [];
  readonly #otherLines: string[] = [];
  readonly #onEvent: ((event: NixLogEvent) => void) | undefined;

  constructor(onEvent?: (event: NixLogEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Takes one line without its line break. */
  push(line: string): void {
    const event = parseNixLogLine(line);
    if (event === undefined) {
      if (!line.startsWith("@nix ") && line.trim() !== "") keepLast(this.#otherLines, line, keptOtherLines);
      return;
    }
    // What the user's code prints by builtins.trace has the level of an error and is none.
    if (event.kind === "message" && event.level === 0 && !event.text.startsWith("trace: "))
      keepLast(this.#errors, event, keptErrors);
    if (event.kind === "message" && event.level === 1)
      keepLast(this.#warnings, event.text.replace(/^warning:\s*/, ""), keptErrors);
    this.#onEvent?.(event);
  }

  log(): NixLog {
    return { errors: this.#errors, warnings: this.#warnings, otherLines: this.#otherLines };
  }
}

function keepLast<T>(list: T[], item: T, count: number): void {
  list.push(item);
  if (list.length > count) list.shift();
}
