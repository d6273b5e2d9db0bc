import { builtinUses } from "../builtin-uses.ts";
import type { NixRule } from "../rule.ts";

/** `builtins.currentTime`: another system at every evaluation. */
export const nixCurrentTime: NixRule = {
  name: "nix-current-time",
  about: "builtins.currentTime makes another system of each evaluation; a flake does not have it.",
  severity: "error",
  scan: ({ code }) =>
    builtinUses(code, "currentTime").map((token) => ({
      at: token,
      message: "builtins.currentTime is not there in a flake",
      hint: "use self.lastModifiedDate, the time of the commit",
    })),
};
