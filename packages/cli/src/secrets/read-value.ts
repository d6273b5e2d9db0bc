import { isUtf8 } from "node:buffer";
import { resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import type { PlainValue } from "@flurry/secrets";

import { readBytes } from "./secret-file.ts";
import type { SecretsSession } from "./session.ts";

/** Where a value comes from. It is never an argument: those are seen by everyone on the machine. */
export interface ValueRequest {
  /** What the value is for, as it is named when it is asked for. */
  readonly what: string;
  readonly fromFile?: string | undefined;
  readonly jsonValue?: boolean | undefined;
  readonly raw?: boolean | undefined;
}

/**
 * Reads a value from a file, else from standard input, else asks the person at the terminal for it.
 *
 * @throws FlurryError FLURRY_SECRETS_FILE_NOT_FOUND, FLURRY_USAGE, FLURRY_ABORTED
 */
export async function readValue(request: ValueRequest, session: SecretsSession): Promise<PlainValue> {
  const bytes = await readInput(request, session);
  if (request.jsonValue === true) return parseJson(bytes);
  if (!isUtf8(bytes)) return new Uint8Array(bytes);
  const text = Buffer.from(bytes).toString("utf8");
  return request.raw === true ? text : withoutEcho(text);
}

/** Reads the whole content for a file that is one value. */
export async function readInput(
  { what, fromFile }: ValueRequest,
  { context, cwd, interruption }: SecretsSession,
): Promise<Uint8Array> {
  if (fromFile !== undefined && fromFile !== "-") {
    const bytes = await readBytes(resolve(cwd, fromFile), fromFile);
    if (bytes !== undefined) return bytes;
    throw new FlurryError("FLURRY_SECRETS_FILE_NOT_FOUND", `There is no file ${fromFile}`, {
      place: { file: fromFile },
    });
  }
  if (!context.stdinIsTTY || fromFile === "-") return await context.readStdinBytes();
  const answer = await context.askSecret(`The value of ${what}`, interruption.signal);
  if (answer === undefined) throw new FlurryError("FLURRY_ABORTED", "No value was given");
  return Buffer.from(answer, "utf8");
}

/** `echo` ends its one line with a line feed that nobody means. */
function withoutEcho(text: string): string {
  return text.indexOf("\n") === text.length - 1 ? text.slice(0, -1) : text;
}

function parseJson(bytes: Uint8Array): PlainValue {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8")) as PlainValue;
  } catch {
    // The parser's message quotes the value.
    throw new FlurryError("FLURRY_USAGE", "the value is no JSON", { hint: 'a text in JSON has quotes: "…"' });
  }
}
