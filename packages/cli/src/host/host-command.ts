import { FlurryError } from "@flurry/core";

import type { HostFlags } from "../command-line/repository-flags.ts";
import type { CliContext } from "../context.ts";
import type { Interruption } from "../run/interruption.ts";

/** What each action of `flurry host` gets. */
export interface HostCommand {
  readonly context: CliContext;
  readonly flags: HostFlags;
  /** The words behind the action. */
  readonly names: readonly string[];
  readonly interruption: Interruption;
}

/**
 * The one name that an action is about.
 *
 * @throws FlurryError FLURRY_USAGE
 */
export function onlyName(action: "add" | "rm", names: readonly string[]): string {
  const [name, second] = names;
  if (name !== undefined && second === undefined) return name;
  throw new FlurryError(
    "FLURRY_USAGE",
    name === undefined
      ? `flurry host ${action} needs the name of a host`
      : `flurry host ${action} takes one host at a time`,
    {
      hint:
        action === "add"
          ? "for example: flurry host add media --address 192.0.2.20"
          : "for example: flurry host rm media",
    },
  );
}
