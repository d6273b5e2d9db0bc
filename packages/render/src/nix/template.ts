import { syntaxError } from "./nix-errors.ts";
import { node } from "./node.ts";
import type { NixRaw } from "./syntax.ts";
import { holeText } from "./template/hole.ts";
import { TemplateScanner } from "./template/scanner.ts";
import type { NixData } from "./to-nix.ts";

/**
 * Nix code as a template. What is between the holes is Nix as it stands; only a backslash before a backtick and before
 * `${` is taken away, so that Nix' own interpolation is written `\${x}`.
 *
 * A hole is filled in as its place demands: data and expressions as code (`[ ${1} ]`), with parentheses where needed; a
 * text as an attribute's name (`{ ${name} = 1; }`, `x.${name}`), in quotes where it has to be; in a string as escaped
 * text, or `${…}` for an expression; in a path as a step of it; in a comment as it is.
 *
 * @example nix`{ services.${name}.enable = ${enabled}; }`
 * @throws FlurryError FLURRY_NIX_VALUE_INVALID as toNix does; FLURRY_NIX_SYNTAX_INVALID for a template that ends inside a
 * string or a comment, braces that do not match, and a hole where its value cannot stand
 */
export function nix(template: TemplateStringsArray, ...holes: readonly NixData[]): NixRaw {
  const scanner = new TemplateScanner();
  const texts = template.raw.map((text) => text.replaceAll("\\`", "`").replaceAll("\\${", "${"));
  texts.forEach((text, index) => {
    scanner.text(text);
    if (index < holes.length) scanner.insert(holeText(scanner, holes[index] ?? null, texts[index + 1] ?? ""));
  });
  const code = dedent(scanner.end());
  if (code === "") throw syntaxError("the template has no code");
  return node({ kind: "raw", code });
}

/** Takes away what all lines are indented by, and empty lines around them. */
function dedent(code: string): string {
  const lines = code
    .replace(/^(?:[ \t]*\n)+/, "")
    .trimEnd()
    .split("\n");
  const [first = "", ...others] = lines;
  // A template that begins behind its backtick has no indentation in its first line to compare with.
  const compared = (code.startsWith("\n") || /^[ \t]*\n/.test(code) ? lines : others).filter(
    (line) => line.trim() !== "",
  );
  const common = Math.min(...compared.map((line) => line.length - line.replace(/^ +/, "").length));
  if (!Number.isFinite(common)) return first.trimStart();
  const strip = (line: string): string => line.replace(new RegExp(`^ {0,${common}}`), "");
  return [first, ...others].map(strip).join("\n").trimStart();
}
