import type { NixToken } from "@flurry/nix";

import { isOperator } from "../builtin-uses.ts";
import type { NixRule } from "../rule.ts";

/** A path outside of the repository, without quotes. */
export const nixAbsolutePath: NixRule = {
  name: "nix-absolute-path",
  about: "A flake may not read paths outside of its repository; they are other files on each machine.",
  severity: "error",
  scan: ({ tokens, code }) => {
    // What is added to another path is no path of its own: `src + /package.json`.
    const added = new Set(code.filter((_, index) => isOperator(code[index - 1], "+")));
    return tokens
      .filter(
        (token, index) =>
          token.kind === "path" &&
          /^[/~]/.test(token.text) &&
          !isRest(token, tokens[index - 1]) &&
          !(token.text.startsWith("/") && added.has(token)),
      )
      .map((token) => ({
        at: token,
        message: `${token.text} is outside of the flake`,
        hint: `put the file into the repository; if it is a path on the host, put it in quotes: "${token.text}"`,
      }));
  },
};

/** True for what follows an interpolation: `./hosts/${name}/default.nix`. */
function isRest(token: NixToken, before: NixToken | undefined): boolean {
  return before?.text === "}" && before.offset + 1 === token.offset;
}
