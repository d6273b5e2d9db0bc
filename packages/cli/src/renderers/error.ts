import type { FlurryErrorJson, Place } from "@flurry/core";

import type { Colors } from "./colors.ts";
import { plainLine, plainText } from "./plain-text.ts";

/** How to show an error. */
export interface ErrorView {
  readonly colors: Colors;
  /** Show all of the details instead of their last lines. */
  readonly verbose: boolean;
}

const shownDetails = 8;

/**
 * An error for people, without a final line feed: what, where, why, and the way out.
 *
 * ```text
 * error[FLURRY_BUILD_FAILED]: the system of nas could not be built
 *   at hosts/nas/default.nix:12:5 (nas)
 *   | builder failed with exit code 1
 *   because: …
 *   hint: …
 * ```
 */
export function renderError(error: FlurryErrorJson, { colors, verbose }: ErrorView): string {
  const place = whereOf(error);
  const details = detailLines(error, verbose);
  return [
    `${colors.red(colors.bold(`error[${error.code}]`))}: ${colors.bold(indentRest(plainText(error.message), "  "))}`,
    ...(place === "" ? [] : [`  ${colors.dim("at")} ${place}`]),
    ...details.map((line) => `  ${colors.dim("|")} ${line}`.trimEnd()),
    ...causesOf(error, details).map((cause) => `  ${colors.dim("because:")} ${cause}`),
    ...(error.hint === undefined ? [] : [`  ${colors.cyan("hint:")} ${indentRest(plainText(error.hint), "        ")}`]),
  ].join("\n");
}

/** "hosts.yaml:12:5". */
function renderPlace({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}

function whereOf({ place, host }: FlurryErrorJson): string {
  if (place === undefined) return host === undefined ? "" : `host ${plainLine(host)}`;
  return `${plainLine(renderPlace(place))}${host === undefined ? "" : ` (host ${plainLine(host)})`}`;
}

function detailLines({ details, message }: FlurryErrorJson, verbose: boolean): readonly string[] {
  if (details === undefined || details.trim() === "") return [];
  const lines = plainText(details).trimEnd().split("\n");
  // A list of one mistake repeats what was said above it.
  if (lines.length === 1 && lines[0]?.includes(plainText(message)) === true) return [];
  // One line more than fits costs less room than saying that it is missing.
  if (verbose || lines.length <= shownDetails + 1) return lines;
  return [`… ${lines.length - shownDetails} more lines above (-v shows all)`, ...lines.slice(-shownDetails)];
}

function causesOf(error: FlurryErrorJson, details: readonly string[]): readonly string[] {
  const causes: string[] = [];
  let said = [error.message, ...details].join("\n");
  for (let cause = error.cause; cause !== undefined; cause = "code" in cause ? cause.cause : undefined) {
    const message = plainLine(cause.message);
    // Wrapping errors often quote what they wrap.
    if (message !== "" && !said.includes(cause.message)) causes.push(message);
    said = cause.message;
  }
  return causes;
}

function indentRest(text: string, indent: string): string {
  return text.replaceAll("\n", `\n${indent}`);
}
