import { builtinUses } from "../builtin-uses.ts";
import type { NixRule } from "../rule.ts";

/** `builtins.currentSystem`: the machine that evaluates, not the host. */
export const nixCurrentSystem: NixRule = {
  name: "nix-current-system",
  about: "builtins.currentSystem is the machine that evaluates; a flake does not have it, and the host may be another.",
  severity: "error",
  scan: ({ code }) =>
    builtinUses(code, "currentSystem").map((token) => ({
      at: token,
      message: "builtins.currentSystem is not there in a flake",
      hint: "use pkgs.stdenv.hostPlatform.system, or the system that the host is declared with",
    })),
};
