import type { NixLogEvent } from "../process/internal-json.ts";

/** How long events are held back to be sent together. Shorter than anyone sees, long enough to make thousands of lines a few messages. */
const holdMs = 40;

/** Gathers events and sends them in batches; of a run of progress reports of one activity only the last is sent. */
export class EventBatch {
  #events: NixLogEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #send: (events: readonly NixLogEvent[]) => void;

  constructor(send: (events: readonly NixLogEvent[]) => void) {
    this.#send = send;
  }

  add(event: NixLogEvent): void {
    const last = this.#events.at(-1);
    if (last !== undefined && supersedes(event, last)) this.#events[this.#events.length - 1] = event;
    else this.#events.push(event);
    this.#timer ??= setTimeout(() => this.flush(), holdMs);
  }

  /** Sends what is held back. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#events.length === 0) return;
    this.#send(this.#events);
    this.#events = [];
  }
}

function supersedes(next: NixLogEvent, last: NixLogEvent): boolean {
  return (
    next.kind === "result" &&
    last.kind === "result" &&
    next.id === last.id &&
    next.result.type === "progress" &&
    last.result.type === "progress"
  );
}
