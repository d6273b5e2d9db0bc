import { resolve } from "node:path";

import { FlurryError } from "@flurry/core";

import type { GlobalFlags } from "../command-line/global-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { completions } from "../completion/complete.ts";
import { fleetNames } from "../completion/fleet-names.ts";
import { isShell, shells, shellScripts } from "../completion/shell-scripts.ts";
import { guarded } from "../run/guard.ts";

/** `flurry completion`: what a shell reads to complete command lines; `words` answers it. */
export async function completion(this: CommandScope, flags: GlobalFlags, ...words: readonly string[]): Promise<void> {
  const { cli, afterDashes } = this;
  await guarded(this, flags, async () => {
    const [shell, ...more] = words;
    if (shell === "words" && more.length === 0) {
      const at = (directory = "."): string => resolve(cli.cwd, directory);
      const found = await completions(
        afterDashes?.join(" ") ?? "",
        async (directory) => await fleetNames(at(directory)),
      );
      cli.stdout.write(found.map((word) => `${word}\n`).join(""));
      return 0;
    }
    if (shell === undefined || more.length > 0 || !isShell(shell))
      throw new FlurryError("FLURRY_USAGE", "flurry completion takes the name of one shell", {
        hint: `it knows ${shells.join(", ")}`,
      });
    cli.stdout.write(shellScripts[shell]);
    return 0;
  });
}
