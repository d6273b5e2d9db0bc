import { FlurryError } from "@flurry/core";
import type { FlurryErrorCode, FlurryErrorOptions, Place } from "@flurry/core";

import { firstPlaceIn, inUserPaths, userPlace } from "../flake/source-map.ts";
import type { SourceMap } from "../flake/source-map.ts";
import { nixErrorRules, sshErrorRules } from "./error-rules.ts";
import type { ErrorRule } from "./error-rules.ts";
import { errorText } from "./error-text.ts";
import type { ErrorText } from "./error-text.ts";
import type { NixOutput } from "./nix-command.ts";

/** What the failed call was for. */
export interface NixErrorContext {
  /** The code of a failure that no rule knows better. */
  readonly code: FlurryErrorCode;
  /** Names the operation when the process said nothing: "evaluating nas". */
  readonly what: string;
  readonly host?: string;
  /** The source whose files are the user's own. */
  readonly source?: SourceMap;
  /** True when nix ran ssh, whose words then explain the failure. */
  readonly remote?: boolean;
}

/** Turns the output of a call that failed into an error that says what happened, where, and what to do. */
export function nixError(output: NixOutput, context: NixErrorContext): FlurryError {
  const text = errorText(output);
  const ssh = context.remote === true ? sshFailure(output, text) : undefined;
  const said = ssh?.line ?? (ranOutOfMemory(output) ? "out of memory" : text?.message);
  const rule = ssh?.rule ?? nixErrorRules.find(({ pattern }) => pattern.test(said ?? ""));
  if (rule === undefined && output.signal !== null) return killed(output.signal, context);
  const own = said === undefined ? silent(output, context) : firstLines(inOwnPaths(said, context));
  const { code = context.code, says = own, ...hint }: Partial<ErrorRule> = rule ?? {};
  return new FlurryError(code, says, {
    ...hostOf(context),
    ...hintOf(hint),
    ...placeOf(text, context),
    ...detailsOf(output, text, context),
  });
}

/** What ssh said is the reason; nix then only knows of an unexpected end of file. */
function sshFailure(
  { otherLines }: NixOutput,
  text: ErrorText | undefined,
): { readonly rule: ErrorRule; readonly line: string } | undefined {
  const lines = [...otherLines, ...(text === undefined ? [] : [text.message])];
  return firstDefined(sshErrorRules, (rule) => {
    const line = lines.find((each) => rule.pattern.test(each));
    return line === undefined ? undefined : { rule, line };
  });
}

/** The garbage collector says so, and then nix may end in any way: with another message, with a signal. */
function ranOutOfMemory({ otherLines }: NixOutput): boolean {
  return otherLines.some((line) => line.startsWith("GC Warning: Out of Memory!"));
}

function killed(signal: NodeJS.Signals, context: NixErrorContext): FlurryError {
  const hint =
    signal === "SIGKILL"
      ? "The kernel does this when memory runs out (see journalctl -k); otherwise someone did. Evaluating fewer hosts at a time needs less."
      : "Something outside Flurry ended the process; run the command again.";
  return new FlurryError("FLURRY_NIX_KILLED", `nix was ended by ${signal} while ${context.what}`, {
    ...hostOf(context),
    hint,
  });
}

function silent({ exitCode }: NixOutput, { what }: NixErrorContext): string {
  return `nix ended with code ${exitCode ?? "none"} while ${what} and did not say why`;
}

function detailsOf(
  { otherLines }: NixOutput,
  text: ErrorText | undefined,
  context: NixErrorContext,
): Pick<FlurryErrorOptions, "details"> {
  if (text === undefined) return {};
  const lines = context.remote === true ? [...otherLines, text.details] : [text.details];
  return { details: inOwnPaths(lines.join("\n"), context) };
}

/** A message is shown on one screen together with others; the whole of it is in the details. */
function firstLines(message: string): string {
  const lines = message.split("\n");
  return lines.length <= 12 ? message : `${lines.slice(0, 12).join("\n")}\n…`;
}

function placeOf(text: ErrorText | undefined, { source }: NixErrorContext): Pick<FlurryErrorOptions, "place"> {
  if (text === undefined || source === undefined) return {};
  const place: Place | undefined =
    firstDefined(text.positions, (position) => userPlace(source, position)) ?? firstPlaceIn(source, text.message);
  return place === undefined ? {} : { place };
}

function inOwnPaths(text: string, { source }: NixErrorContext): string {
  return source === undefined ? text : inUserPaths(source, text);
}

function hintOf({ hint }: Pick<ErrorRule, "hint">): Pick<FlurryErrorOptions, "hint"> {
  return hint === undefined ? {} : { hint };
}

function hostOf({ host }: NixErrorContext): Pick<FlurryErrorOptions, "host"> {
  return host === undefined ? {} : { host };
}

function firstDefined<T, R>(items: readonly T[], read: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const value = read(item);
    if (value !== undefined) return value;
  }
  return undefined;
}
