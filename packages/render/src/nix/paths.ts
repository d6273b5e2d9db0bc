import { syntaxError } from "./nix-errors.ts";
import { node } from "./node.ts";
import type { NixBinary, NixPath } from "./syntax.ts";
import { checkText } from "./to-nix.ts";

/** What a path literal can be, from Nix' lexer. */
const literal = /^\.{0,2}(?:\/[A-Za-z0-9._+-]+)+$/;

/**
 * A path, relative to the file that it stands in (`./hosts/nas`, `../x`) or absolute. With characters that a literal
 * cannot have it is the directory and a text: `./. + "/my hosts"`.
 *
 * @throws FlurryError FLURRY_NIX_SYNTAX_INVALID for a text that is neither
 */
export function path(text: string): NixPath | NixBinary {
  checkText(text, "a path");
  const clean = /^\.{0,2}\/*$/.test(text) && text !== "" ? `${text.replace(/\/+$/, "")}/.` : text.replace(/\/+$/, "");
  if (literal.test(clean)) return node({ kind: "path", text: clean });
  const [, root, rest] = /^(\.{0,2})(\/.*)$/s.exec(clean) ?? [];
  if (root === undefined || rest === undefined) {
    throw syntaxError(`${JSON.stringify(text)} is not a path`, "begin it with ./, ../ or /");
  }
  return node({
    kind: "binary",
    operator: "+",
    left: node({ kind: "path", text: `${root}/.` }),
    right: node({ kind: "string", style: "plain", parts: [rest] }),
  });
}

/** A path that NIX_PATH leads to: `<nixpkgs>`. @throws FlurryError FLURRY_NIX_SYNTAX_INVALID */
export function searchPath(name: string): NixPath {
  if (/^[A-Za-z0-9._+-]+(?:\/[A-Za-z0-9._+-]+)*$/.test(name)) return node({ kind: "path", text: `<${name}>` });
  throw syntaxError(`${JSON.stringify(name)} cannot stand between angle brackets`);
}
