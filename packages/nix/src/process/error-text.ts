import type { NixPosition } from "./internal-json.ts";
import type { NixLog } from "./nix-log.ts";

/** What a failed process said, whether it spoke JSON or not. */
export interface ErrorText {
  /** The innermost message, without trace and excerpt. */
  readonly message: string;
  /** Everything it said about it. */
  readonly details: string;
  /** Positions from the innermost outwards. */
  readonly positions: readonly NixPosition[];
}

/** The final error of a process; undefined when it said nothing that looks like one. */
export function errorText(log: NixLog): ErrorText | undefined {
  const structured = log.errors.findLast((message) => message.rawText !== undefined);
  if (structured !== undefined) {
    const positions = [structured, ...structured.trace].flatMap(({ position }) => position ?? []);
    return {
      message: innermost(structured.rawText ?? ""),
      details: structured.text,
      positions: positions.length > 0 ? positions : positionsIn(structured.text),
    };
  }
  const text = [...log.errors.map((message) => message.text), ...log.otherLines].join("\n");
  if (text.trim() === "") return undefined;
  return { message: innermost(lastError(text)), details: text, positions: positionsIn(text) };
}

/** `error:` within a message is what nix wraps other errors with; it reads as noise. */
function innermost(message: string): string {
  return message.replaceAll(/\berror: /g, "").trim();
}

/**
 * The last `error:` of a text with the lines that belong to it: newer versions print the trace first, older ones print
 * one error and the trace after it.
 */
function lastError(text: string): string {
  const match = [...text.matchAll(/^[ \t]*error:[ \t]*(\S.*(?:\n(?![ \t]*$|[ \t]*(?:at |…|error:)).*)*)/gm)].at(-1);
  return match?.[1] ?? text.trim().split("\n").at(-1) ?? "";
}

function positionsIn(text: string): readonly NixPosition[] {
  return [...text.matchAll(/^[ \t]*at (\S+?):(\d+):(\d+):?$/gm)].map(([, file = "", line, column]) => ({
    file,
    line: Number(line),
    column: Number(column),
  }));
}
