import { switchFlag } from "./global-flags.ts";

/** The flag of every command that can do its work on this very machine. */
export interface LocalFlag {
  readonly local?: boolean;
}

/** How stricli reads {@link LocalFlag}. */
export const localFlag = { local: switchFlag("This very machine, without ssh") } as const;
