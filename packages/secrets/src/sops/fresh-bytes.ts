import { randomBytes } from "node:crypto";

/** Each draw has its price, whatever its size. */
const drawnBytes = 4096;

let drawn = randomBytes(0);
let at = 0;

/**
 * Random bytes, each handed out once: for keys, nonces and vectors of many values.
 *
 * @param count - at most 4096
 */
export function freshBytes(count: number): Buffer {
  if (count > drawn.length - at) {
    drawn = randomBytes(drawnBytes);
    at = 0;
  }
  at += count;
  return drawn.subarray(at - count, at);
}
