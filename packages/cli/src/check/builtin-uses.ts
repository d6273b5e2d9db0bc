import type { NixToken } from "@flurry/nix";

/**
 * Where code uses a function or value of Nix' own: `builtins.NAME`, NAME out of `inherit (builtins)`, or NAME alone where the file
 * says `with builtins`.
 *
 * @param code - without spaces and comments
 */
export function builtinUses(code: readonly NixToken[], name: string): readonly NixToken[] {
  const openToAll = code.some((token, index) => isWord(token, "with") && isWord(code[index + 1], "builtins"));
  return code.filter((token, index) => {
    if (!isWord(token, name)) return false;
    const before = code[index - 1];
    if (isOperator(before, ".")) return isWord(code[index - 2], "builtins");
    if (isInherited(code, index)) return true;
    const isDefinition = isOperator(code[index + 1], "=") || isOperator(code[index + 1], ":");
    return openToAll && !isDefinition && !isOperator(code[index + 1], ",");
  });
}

/** True within `inherit (builtins) a b c;`. */
function isInherited(code: readonly NixToken[], index: number): boolean {
  let at = index - 1;
  while (code[at]?.kind === "identifier" && !isWord(code[at], "inherit")) at -= 1;
  return (
    isOperator(code[at], ")") &&
    isWord(code[at - 1], "builtins") &&
    isOperator(code[at - 2], "(") &&
    isWord(code[at - 3], "inherit")
  );
}

/** True for an identifier of that name. */
export function isWord(token: NixToken | undefined, name: string): boolean {
  return token?.kind === "identifier" && token.text === name;
}

/** True for that operator. */
export function isOperator(token: NixToken | undefined, text: string): boolean {
  return token?.kind === "operator" && token.text === text;
}
