import { deployDefaults, sudoFor } from "../fleet/deploy-options.ts";
import type { DeployOptions } from "../fleet/deploy-options.ts";
import type { DeployRsGeneric } from "./deploy-rs-schema.ts";

/** What a profile, its node and deploy say together. */
export interface MergedLevels extends DeployRsGeneric {
  readonly sshOpts: readonly string[] & DeployRsGeneric["sshOpts"];
}

/**
 * Merges the levels as deploy-rs does: the first that sets a key wins, except that `sshOpts` are joined.
 *
 * @param levels - profile, node and deploy, in this order
 */
export function mergeLevels(levels: readonly DeployRsGeneric[]): MergedLevels {
  const merged: DeployRsGeneric = {};
  for (const level of levels.toReversed()) {
    Object.assign(merged, Object.fromEntries(Object.entries(level).filter(([, value]) => value != null)));
  }
  return { ...merged, sshOpts: levels.flatMap((level) => level.sshOpts ?? []) };
}

/**
 * The deployment of a host that deploy-rs describes. Where deploy-rs would take its own timeouts (30 s for the
 * confirmation) Flurry's longer ones hold: a slow activation is no reason to go back.
 */
export function deployRsOptions(merged: MergedLevels): DeployOptions {
  const user = merged.user ?? merged.sshUser ?? deployDefaults.user;
  return {
    ...deployDefaults,
    sshUser: merged.sshUser ?? undefined,
    user,
    sshOptions: merged.sshOpts,
    confirmTimeoutMs: milliseconds(merged.confirmTimeout) ?? deployDefaults.confirmTimeoutMs,
    activationTimeoutMs: milliseconds(merged.activationTimeout) ?? deployDefaults.activationTimeoutMs,
    substituteOnDestination: merged.fastConnection !== true,
    buildOn: { kind: merged.remoteBuild === true ? "target" : "local" },
    magicRollback: merged.magicRollback ?? true,
    autoRollback: merged.autoRollback ?? true,
    askSudoPassword: merged.interactiveSudo ?? false,
    sudo: sudoOf(merged.sudo, user),
  };
}

/** deploy-rs appends the user to its `sudo`; its default, "sudo -u", would wait for a password. */
function sudoOf(sudo: string | null | undefined, user: string): readonly string[] {
  const words = sudo?.trim().split(/ +/) ?? [];
  return words.length === 0 || words.join(" ") === "sudo -u" ? sudoFor(user) : [...words, user];
}

function milliseconds(seconds: number | null | undefined): number | undefined {
  return seconds == null ? undefined : seconds * 1000;
}
