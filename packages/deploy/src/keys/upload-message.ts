import type { MadeKey } from "./made-key.ts";
import { sha256 } from "./upload-plan.ts";

/** A text without line breaks, which end what the host reads as one. */
function line(text: string | number): string {
  const written = String(text);
  if (/[\0\r\n]/.test(written)) throw new RangeError("a line of the message to a host cannot have line breaks");
  return `${written}\n`;
}

/** What asks a host about keys: their number, and the path of each. */
export function question(paths: readonly string[]): Buffer {
  return Buffer.from([line(paths.length), ...paths.map(line)].join(""));
}

/**
 * What brings keys to a host: their number, and for each its path, owner, group, mode, size, SHA-256 and bytes. The size
 * tells the host where a value ends, so that nothing in it can be taken for anything else.
 */
export function delivery(keys: readonly MadeKey[]): Buffer {
  const parts = keys.flatMap((made) => {
    const { path, user, group, mode } = made.key;
    const value = made.reveal();
    return [...[path, user, group, mode, value.length, sha256(value)].map((part) => Buffer.from(line(part))), value];
  });
  return Buffer.concat([Buffer.from(line(keys.length)), ...parts]);
}
