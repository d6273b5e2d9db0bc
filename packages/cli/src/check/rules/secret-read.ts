import type { NixToken } from "@flurry/nix";

import { isOperator, isWord } from "../builtin-uses.ts";
import type { NixRule } from "../rule.ts";

const readers = ["readFile", "fileContents", "importJSON", "importTOML", "readLines"];
const secretWord =
  /(?:^|[/._-])(?:secrets?|passwords?|passwd|credentials?|tokens?|private[._-]?keys?|id_(?:rsa|ed25519|ecdsa)|age)(?:$|[/._-])|\.(?:key|p12|pfx|kdbx)$/i;
const publicWord = /\.pub$|\.crt$|\.cert$|(?:^|[/._-])(?:public|pub)(?:$|[/._-])/i;

/** A secret that becomes a part of the system, and so of the store that everyone may read. */
export const secretRead: NixRule = {
  name: "secret-read",
  about:
    "A secret that is read at evaluation goes to the Nix store, which every user of the host and of caches may read.",
  severity: "warning",
  scan: ({ code }) =>
    code.flatMap((token, index) => {
      if (!readers.some((name) => isWord(token, name))) return [];
      const path = argument(code, index + 1);
      if (path === undefined || !secretWord.test(path) || publicWord.test(path)) return [];
      return [
        {
          at: token,
          message: `${token.text} ${path} puts what looks like a secret into the store`,
          hint: "keep it encrypted (flurry secrets) and give the service the path of the file on the host",
        },
      ];
    }),
};

/** The path that a function is called with, interpolations left away. */
function argument(code: readonly NixToken[], from: number): string | undefined {
  let at = from;
  while (isOperator(code[at], "(")) at += 1;
  const first = code[at];
  if (first?.kind === "quote") return code[at + 1]?.kind === "text" ? code[at + 1]?.text : undefined;
  if (first?.kind !== "path") return undefined;
  const end = code.findIndex((token, index) => index > at && (isOperator(token, ";") || isOperator(token, ")")));
  return code
    .slice(at, end === -1 ? undefined : end)
    .filter(({ kind }) => kind === "path" || kind === "text")
    .map(({ text }) => text)
    .join("");
}
