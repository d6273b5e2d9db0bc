import type { FlagParametersForType } from "@stricli/core";

import { globalFlags, switchFlag } from "./global-flags.ts";
import type { GlobalFlags } from "./global-flags.ts";
import { localFlag } from "./local-flag.ts";
import type { LocalFlag } from "./local-flag.ts";
import { nixFlags, wholeNumber } from "./nix-flags.ts";
import type { NixFlags } from "./nix-flags.ts";
import type { CommandScope } from "./scope.ts";

/** The flag of commands that bring hosts their keys. */
export interface NoKeysFlag {
  readonly noKeys?: boolean;
}

/** How stricli reads {@link NoKeysFlag}. */
export const noKeysFlag: FlagParametersForType<NoKeysFlag, CommandScope> = {
  noKeys: switchFlag("Do not upload the keys of hosts"),
};

/** Flags of `flurry upload-keys`. */
export interface UploadKeysFlags extends GlobalFlags, NixFlags, LocalFlag {
  readonly dryRun?: boolean;
  readonly parallel?: number;
}

/** How stricli reads {@link UploadKeysFlags}. */
export const uploadKeysFlags: FlagParametersForType<UploadKeysFlags, CommandScope> = {
  ...globalFlags,
  ...nixFlags,
  ...localFlag,
  dryRun: switchFlag("Show what would be sent and touch nothing"),
  parallel: { kind: "parsed", optional: true, parse: wholeNumber(1), brief: "How many hosts at a time" },
};
