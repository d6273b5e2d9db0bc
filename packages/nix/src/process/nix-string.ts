/** A text as a string literal of the Nix language. */
export function nixString(text: string): string {
  return `"${text.replaceAll(/[\\"]|\$\{/g, String.raw`\$&`).replaceAll("\r", String.raw`\r`)}"`;
}

/** JSON data as an expression of the Nix language. */
export function nixFromJson(data: unknown): string {
  return `builtins.fromJSON ${nixString(JSON.stringify(data))}`;
}
