import type { JournalHeader } from "@flurry/deploy";
import type { DeployOptions, Host } from "@flurry/schema";

/** What a command line can say of how each of its hosts is deployed; see `DeployOptions`. */
export type ToldOptions = Pick<JournalHeader, "confirmTimeoutMs" | "activationTimeoutMs" | "buildOn" | "unreachable">;

/** The same without what was not said. */
export function toldOptions({
  confirmTimeoutMs,
  activationTimeoutMs,
  buildOn,
  unreachable,
}: {
  readonly [Name in keyof ToldOptions]?: ToldOptions[Name] | undefined;
}): ToldOptions & Partial<DeployOptions> {
  return {
    ...(confirmTimeoutMs === undefined ? {} : { confirmTimeoutMs }),
    ...(activationTimeoutMs === undefined ? {} : { activationTimeoutMs }),
    ...(buildOn === undefined ? {} : { buildOn }),
    ...(unreachable === undefined ? {} : { unreachable }),
  };
}

/** Hosts that are deployed as it was said. */
export function asTold(hosts: readonly Host[], told: ToldOptions): readonly Host[] {
  const { activationTimeoutMs } = told;
  return hosts.map((host) => {
    const profiles = host.profiles?.map((profile) =>
      activationTimeoutMs === undefined ? profile : { ...profile, activationTimeoutMs },
    );
    return { ...host, deploy: { ...host.deploy, ...told }, ...(profiles === undefined ? {} : { profiles }) };
  });
}
