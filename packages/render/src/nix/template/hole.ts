import { string } from "../builders.ts";
import { attrNameText, isIdentifier } from "../names.ts";
import { syntaxError } from "../nix-errors.ts";
import { level, levelOf } from "../precedence.ts";
import { printNix } from "../print.ts";
import { escapeString } from "../strings.ts";
import { isNixExpression } from "../syntax.ts";
import { checkText, toNix } from "../to-nix.ts";
import type { NixData } from "../to-nix.ts";
import type { TemplateScanner } from "./scanner.ts";

/** What to write for a hole, and how many characters before it that replaces. */
export interface HoleText {
  readonly text: string;
  readonly replaces: number;
}

/** Fills a hole as the place demands where the scanner stands. @param after - the template's text behind the hole */
export function holeText(scanner: TemplateScanner, value: NixData, after: string): HoleText {
  switch (scanner.frame.kind) {
    case "code":
      return { text: inCode(scanner, value, after), replaces: 0 };
    case "string":
      return inString(scanner, value);
    case "indented":
      return inIndentedString(scanner, value);
    case "comment":
    case "block-comment":
      return { text: inComment(value), replaces: 0 };
  }
}

/** A path that begins after a blank or a bracket and goes up to the hole. */
const openPath = /(?:^|[\s([{=;:,!])(?:\.{0,2}|~)\/(?:[A-Za-z0-9._+/-]|\$\{"[^"\n]*"\})*$/;

function inCode(scanner: TemplateScanner, value: NixData, after: string): string {
  const { code } = scanner;
  if (openPath.test(code) && !code.endsWith("//")) return pathStep(scanner, value);
  const name = typeof value === "string" ? nameText(scanner, value, after) : undefined;
  if (name !== undefined) return spaced(code, name, after);
  const before = code.trimEnd();
  // `set ? "a"` asks for an attribute, `{ a ? "b" }:` gives a default: between double quotes it is right for both.
  const expression = typeof value === "string" && before.endsWith("?") ? string(value) : toNix(value);
  const whole = /(?:^|[=(])$/.test(before) && /^\s*(?:[;)]|$)/.test(after);
  const text = onLine(code, expression);
  return spaced(code, levelOf(expression) <= level.select || whole ? text : `(${text})`, after);
}

/** A text where a name stands: an attribute, a parameter, in `inherit`. Undefined where a value does. */
function nameText({ code, frame }: TemplateScanner, value: string, after: string): string | undefined {
  const before = code.trimEnd();
  const inherits = frame.kind === "code" && frame.inherits && !before.endsWith("(");
  const attribute = /(?:^|[^.])\.$/.test(before) || /^\s*(?:=(?!=)|\.(?![./]))/.test(after);
  if (inherits || attribute) return attrName(value);
  return /[,@]$/.test(before) || /^\s*[:@,?]/.test(after) ? parameter(value) : undefined;
}

function attrName(name: string): string {
  checkText(name, "an attribute name");
  return attrNameText(name);
}

function parameter(name: string): string {
  if (isIdentifier(name)) return name;
  throw syntaxError(`${JSON.stringify(name)} cannot be a parameter`, "use letters, digits, _, ' and -");
}

/** An expression on the line that is begun; its further lines are indented as that one. */
function onLine(code: string, value: NixData): string {
  const line = code.slice(code.lastIndexOf("\n") + 1);
  const [indentation = ""] = /^ */.exec(line) ?? [];
  const [first = "", ...others] = printNix(value).trimEnd().split("\n");
  return [first, ...others.map((text) => (text === "" ? "" : indentation + text))].join("\n");
}

/** A blank where the text would otherwise become one word with what stands beside it. */
function spaced(code: string, text: string, after: string): string {
  const before = /[A-Za-z0-9_'"})\]]$/.test(code) ? " " : "";
  return `${before}${text}${/^[A-Za-z0-9_'"({[]/.test(after) ? " " : ""}`;
}

function pathStep(scanner: TemplateScanner, value: NixData): string {
  if (typeof value === "string") {
    checkText(value, "a step of a path");
    if (/^[A-Za-z0-9._+-]+(?:\/[A-Za-z0-9._+-]+)*$/.test(value)) return value;
    return `\${"${escapeString(value)}"}`;
  }
  return interpolated(scanner, value, "a path");
}

function inString(scanner: TemplateScanner, value: NixData): HoleText {
  const { endsInDollar } = scanner;
  // `$` and what comes next would be read as one.
  const dollar = endsInDollar ? "\\$" : "";
  const replaces = endsInDollar ? 1 : 0;
  if (typeof value !== "string") return { text: dollar + interpolated(scanner, value, "a string"), replaces };
  checkText(value, "a text");
  return { text: dollar + escapeString(value, { before: "interpolation" }), replaces };
}

/** A text that means the same between pairs of single quotes, wherever in a line it stands. */
const harmless = /^[^\s'${][^'$\n\r\t]*$/;

function inIndentedString(scanner: TemplateScanner, value: NixData): HoleText {
  const { endsInDollar } = scanner;
  const dollar = endsInDollar ? '${"$"}' : "";
  const replaces = endsInDollar ? 1 : 0;
  if (typeof value !== "string") return { text: dollar + interpolated(scanner, value, "a string"), replaces };
  checkText(value, "a text");
  const text = harmless.test(value) ? value : `\${"${escapeString(value)}"}`;
  return { text: dollar + text, replaces };
}

function interpolated(scanner: TemplateScanner, value: NixData, where: string): string {
  if (typeof value === "number" || typeof value === "bigint") return `\${"${String(value)}"}`;
  if (!isNixExpression(value)) {
    const what = value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
    throw syntaxError(`${what} cannot stand in ${where}`, "give a text, a number or an expression");
  }
  return `\${${onLine(scanner.code, value)}}`;
}

function inComment(value: NixData): string {
  const text = typeof value === "number" || typeof value === "bigint" ? String(value) : value;
  if (typeof text === "string" && !/[\n\r]|\*\//.test(text)) return text;
  throw syntaxError("only a text of one line can stand in a comment");
}
