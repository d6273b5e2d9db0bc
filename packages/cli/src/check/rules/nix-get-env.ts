import { builtinUses } from "../builtin-uses.ts";
import type { NixRule } from "../rule.ts";

/** `builtins.getEnv`: always empty in a flake. */
export const nixGetEnv: NixRule = {
  name: "nix-get-env",
  about: "builtins.getEnv gives an empty text in a flake, without saying so.",
  severity: "warning",
  scan: ({ code }) =>
    builtinUses(code, "getEnv").map((token) => ({
      at: token,
      message: "builtins.getEnv is always empty in a flake",
      hint: "write the value into the repository, or keep it as a secret that the host reads when it runs",
    })),
};
