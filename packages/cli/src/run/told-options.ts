import type { JournalHeader } from "@flurry/deploy";
import type { DeployOptions, Host } from "@flurry/schema";

/** What a command line can say of how each of its hosts is deployed; see `DeployOptions`. */
export type ToldOptions = Pick<
  JournalHeader,
  "confirmTimeoutMs" | "activationTimeoutMs" | "magicRollback" | "autoRollback" | "buildOn" | "unreachable"
>;

/** The same without what was not said. */
export function toldOptions({
  confirmTimeoutMs,
  activationTimeoutMs,
  magicRollback,
  autoRollback,
  buildOn,
  unreachable,
}: {
  readonly [Name in keyof ToldOptions]?: ToldOptions[Name] | undefined;
}): ToldOptions & Partial<DeployOptions> {
  return {
    ...(confirmTimeoutMs === undefined ? {} : { confirmTimeoutMs }),
    ...(activationTimeoutMs === undefined ? {} : { activationTimeoutMs }),
    ...(magicRollback === undefined ? {} : { magicRollback }),
    ...(autoRollback === undefined ? {} : { autoRollback }),
    ...(buildOn === undefined ? {} : { buildOn }),
    ...(unreachable === undefined ? {} : { unreachable }),
  };
}

/** Hosts that are deployed as it was said. */
export function asTold(hosts: readonly Host[], told: ToldOptions): readonly Host[] {
  const { confirmTimeoutMs: _confirm, buildOn: _place, unreachable: _policy, ...ofProfiles } = told;
  return hosts.map((host) => {
    const profiles = host.profiles?.map((profile) => ({ ...profile, ...ofProfiles }));
    return { ...host, deploy: { ...host.deploy, ...told }, ...(profiles === undefined ? {} : { profiles }) };
  });
}
