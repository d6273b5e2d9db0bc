import type { DeployOptions } from "./deploy-options.ts";
import type { DeploymentKey } from "./deployment-key.ts";
import type { HealthCheck } from "./health-check.ts";
import type { Profile } from "./profile.ts";

/** One machine of a fleet, with all defaults filled in. */
export interface Host {
  /** Unique in the fleet: `[A-Za-z0-9][A-Za-z0-9._-]*`, at most 63 characters. */
  readonly name: string;
  /**
   * Where ssh finds the machine, tried in order; at least one. An IPv4 or IPv6 address (without brackets),
   * a DNS name or a `Host` alias of ssh_config; the host's own name when nothing else was given.
   */
  readonly addresses: readonly string[];
  /** Groups that the machine belongs to (`@tag` in selectors), without doubles. */
  readonly tags: readonly string[];
  /** Where the machine's configuration stands in the flake, for example `["nixosConfigurations", "nas"]`. */
  readonly attrPath: readonly string[];
  /** The Nix system, for example `x86_64-linux`, where the fleet says it. */
  readonly system?: string;
  /** Modules of the repository that the machine imports: `common` is modules/common.nix. */
  readonly modules: readonly string[];
  /** Pinned public host keys as `<type> <base64>`; when there are any, no other key is right. */
  readonly hostKeys: readonly string[];
  readonly deploy: DeployOptions;
  /** Names of hosts that are deployed before this one, when they are in the same run; without them it is left alone. */
  readonly dependsOn?: readonly string[];
  /** What must hold on the new system before it is confirmed. */
  readonly health: readonly HealthCheck[];
  /** Files that are brought to the machine beside its system, in the order of their names; absent means none. */
  readonly keys?: readonly DeploymentKey[];
  /** Profiles beside the system, in the order of their activation. */
  readonly profiles?: readonly Profile[];
  /** True where only `profiles` are deployed, and the system stays what it is. */
  readonly keepsSystem?: boolean;
}
