import { FlurryError } from "@flurry/core";
import { checkUserName } from "@flurry/schema";

import type { SudoersFlags } from "../command-line/command-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { outputFor } from "../output.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { renderSudoRule } from "../renderers/sudo-rules.ts";
import { guarded } from "../run/guard.ts";

/** `flurry sudoers`: the rule that a host needs for a user who is to deploy without a password. */
export async function sudoers(this: CommandScope, flags: SudoersFlags, ...words: readonly string[]): Promise<void> {
  const { cli } = this;
  await guarded(this, flags, async () => {
    const output = outputFor(cli, flags);
    const [user = "deploy", ...more] = words;
    const complaint = checkUserName(user);
    if (more.length > 0 || complaint !== undefined)
      throw new FlurryError("FLURRY_USAGE", complaint?.message ?? "flurry sudoers takes one user", {
        hint: "write for example: flurry sudoers deploy",
      });
    const { format = "nix" } = flags;
    const rule = renderSudoRule(user, format);
    output.stdout.write(output.json ? jsonDocument("sudoers", { user, format, rule }) : rule);
    return 0;
  });
}
