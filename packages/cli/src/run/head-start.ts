import { resolve } from "node:path";

import type { GlobalFlags } from "../command-line/global-flags.ts";
import { nixOptionsOf } from "../command-line/nix-flags.ts";
import type { NixFlags } from "../command-line/nix-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";

type Flags = GlobalFlags & NixFlags;

/** A command as the parser calls it. */
export type Command<F> = (this: CommandScope, flags: F, ...words: readonly string[]) => Promise<void>;

/**
 * A command that needs the flake whatever else it does: nix begins to read it while the command itself is being loaded.
 * Only for the flake of the directory, which is nearly always the one.
 */
export function withHeadStart<F extends Flags>(load: () => Promise<Command<F>>): () => Promise<Command<F>> {
  return async () =>
    async function command(this: CommandScope, flags: F, ...words: readonly string[]): Promise<void> {
      const begun = await begin(this, flags, words);
      try {
        const loaded = await load();
        await loaded.call(this, flags, ...words);
      } finally {
        begun?.[Symbol.dispose]();
      }
    };
}

async function begin({ cli }: CommandScope, flags: Flags, words: readonly string[]): Promise<Disposable | undefined> {
  const namesFlake = [flags.flake, cli.env["FLURRY_FLAKE"], ...words].some((word) => /[#./:]/.test(word ?? ""));
  if (cli.beginLock === undefined || namesFlake) return undefined;
  const nix = { cwd: resolve(cli.cwd, flags.directory ?? "."), env: cli.env, options: nixOptionsOf(flags) };
  // Whatever is wrong is told by the command.
  return await cli.beginLock(nix).catch(() => undefined);
}
