import type { ClockError } from "../plan/round-plan.ts";

/** The value of NODE_OPTIONS that makes the wall clock of a Node.js process wrong; clocks that only measure stay right. */
export function wrongClock({ hours, afterMs }: ClockError): string {
  const program = `
    const Right = Date, begin = performance.now();
    const now = () => Right.now() + (performance.now() - begin < ${afterMs} ? 0 : ${hours * 3_600_000});
    globalThis.Date = class Date extends Right {
      constructor(...words) { if (words.length === 0) super(now()); else super(...words); }
      static now() { return now(); }
    };`;
  return `--import=data:text/javascript,${encodeURIComponent(program)}`;
}
