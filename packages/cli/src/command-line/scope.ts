import type { CommandContext } from "@stricli/core";

import type { CliContext } from "../context.ts";

/** What a command gets as `this`. */
export interface CommandScope extends CommandContext {
  readonly cli: CliContext;
  /** The words behind `--`; undefined when there is no `--`. */
  readonly afterDashes: readonly string[] | undefined;
  /** Tells how the command ended. */
  readonly exit: (code: number) => void;
}
