import { openSync } from "node:fs";
import { ReadStream, WriteStream } from "node:tty";

import * as prompts from "@clack/prompts";

/**
 * Asks the person at the terminal of this process for something that is not shown, also when standard input and output
 * are something else.
 *
 * @returns undefined when there is no terminal, or when the person cancels
 */
export async function askSecret(message: string, signal: AbortSignal): Promise<string | undefined> {
  return await atTerminal((streams) => prompts.password({ message, signal, ...streams }));
}

/** Asks for a yes or no; see {@link askSecret}. */
export async function confirm(message: string, signal: AbortSignal): Promise<boolean | undefined> {
  return await atTerminal((streams) => prompts.confirm({ message, signal, ...streams }));
}

async function atTerminal<T>(
  ask: (streams: {
    readonly input: ReadStream;
    readonly output: WriteStream;
  }) => Promise<T | typeof prompts.CANCEL_SYMBOL>,
): Promise<T | undefined> {
  const descriptors = openTerminal();
  if (descriptors === undefined) return undefined;
  // Streams of their own, so that what is in standard input stays there for the command.
  const input = new ReadStream(descriptors.input);
  const output = new WriteStream(descriptors.output);
  // A terminal that does not know its width would be given a line for each letter.
  if (output.columns === 0) output.columns = 80;
  try {
    const answer = await ask({ input, output });
    return answer === prompts.CANCEL_SYMBOL ? undefined : answer;
  } finally {
    input.destroy();
    output.destroy();
  }
}

function openTerminal(): { readonly input: number; readonly output: number } | undefined {
  try {
    return { input: openSync("/dev/tty", "r"), output: openSync("/dev/tty", "w") };
  } catch {
    return undefined;
  }
}
