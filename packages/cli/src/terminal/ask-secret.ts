import { closeSync, openSync } from "node:fs";
import { ReadStream, WriteStream } from "node:tty";

import { isCancel, password } from "@clack/prompts";

/**
 * Asks the person at the terminal of this process, also when standard input and output are something else.
 *
 * @returns undefined when there is no terminal, or when the person cancels
 */
export async function askSecret(question: string, signal: AbortSignal): Promise<string | undefined> {
  const descriptor = openTerminal();
  if (descriptor === undefined) return undefined;
  // A stream of its own, so that what is typed ahead for the command stays in standard input.
  const input = new ReadStream(descriptor);
  const output = new WriteStream(descriptor);
  try {
    const answer = await password({ message: question, input, output, signal });
    return isCancel(answer) ? undefined : answer;
  } finally {
    input.destroy();
    output.destroy();
  }
}

function openTerminal(): number | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync("/dev/tty", "r+");
    return descriptor;
  } catch {
    if (descriptor !== undefined) closeSync(descriptor);
    return undefined;
  }
}
