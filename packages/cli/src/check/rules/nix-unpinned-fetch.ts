import { isOperator, isWord } from "../builtin-uses.ts";
import type { NixRule } from "../rule.ts";

const fetchers = ["fetchTarball", "fetchGit", "fetchurl", "fetchTree", "fetchMercurial"];

/** `fetchTarball "https://…"`: no hash, so it is something else tomorrow. */
export const nixUnpinnedFetch: NixRule = {
  name: "nix-unpinned-fetch",
  about: "What is fetched without a hash is something else tomorrow; a flake refuses it.",
  severity: "error",
  scan: ({ code }) =>
    code.flatMap((token, index) => {
      if (!fetchers.some((name) => isWord(token, name))) return [];
      // With a set of arguments there may be a hash; a text alone has room for none.
      const next = isOperator(code[index + 1], "(") ? code[index + 2] : code[index + 1];
      if (next?.kind !== "quote" && next?.kind !== "uri") return [];
      return [
        {
          at: token,
          message: `${token.text} fetches without a hash`,
          hint: "make it an input of the flake (flake = false for plain sources), or give url and sha256",
        },
      ];
    }),
};
