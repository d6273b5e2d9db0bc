import type { BuildPlace } from "./build-place.ts";

/**
 * What failed units of the new system mean: `strict` reverts the host, `degraded` keeps the new system and
 * reports the units, `ignore` does not look.
 */
export type UnitFailurePolicy = "strict" | "degraded" | "ignore";

/** What a host that cannot be reached means: `fail` fails the run, `skip` leaves the host out and says so. */
export type UnreachablePolicy = "fail" | "skip";

/** What to do with a host key that nobody knows yet: refuse it, or remember it. A changed key is always refused. */
export type HostKeyPolicy = "strict" | "accept-new";

/**
 * What a host does that went back to its old system and that nobody can reach there either: `auto` reboots when the
 * address or the port that it was reached by is gone and nobody asks it until the confirmation's time is over once more,
 * `reboot` whenever nobody asks it, `stay` never.
 */
export type LostContactPolicy = "auto" | "reboot" | "stay";

/** How one host is reached and deployed, with all defaults filled in. */
export interface DeployOptions {
  /** The user to log in as; undefined leaves it to the ssh configuration. */
  readonly sshUser: string | undefined;
  /** The user that the new system is activated as. */
  readonly user: string;
  /** The ssh port; absent leaves it to the ssh configuration. */
  readonly sshPort?: number;
  /** Further words for ssh, for example `["-o", "Compression=yes"]`. */
  readonly sshOptions: readonly string[];
  /** Private key files to try, as written (`~` is not expanded here); empty leaves it to the ssh configuration. */
  readonly identityFiles: readonly string[];
  /** Jump hosts as in ssh's `ProxyJump`: `[user@]host[:port]`, several separated by commas. */
  readonly jump?: string;
  /** Absent leaves it to the ssh configuration. */
  readonly hostKeyPolicy?: HostKeyPolicy;
  /** How long the host waits for the confirmation before it goes back to its old system, in milliseconds. */
  readonly confirmTimeoutMs: number;
  /** How long the activation of the new system may take, in milliseconds. */
  readonly activationTimeoutMs: number;
  /** Whether the host fetches what it can from its own binary caches instead of getting it from the deployer, which still sends what is small. */
  readonly substituteOnDestination: boolean;
  /** Whether the host goes back to its old system when it cannot be reached on the new one. */
  readonly magicRollback: boolean;
  /** Whether the host goes back to its old system when the activation fails. */
  readonly autoRollback: boolean;
  readonly unitFailurePolicy: UnitFailurePolicy;
  readonly unreachable: UnreachablePolicy;
  readonly lostContact: LostContactPolicy;
  /**
   * Where the host is to be found once it runs the new system, where that is not where it was before: addresses as in
   * `addresses`, with `:port` where that changes. When there are any, the new system is confirmed at one of them only.
   */
  readonly confirmVia: readonly string[];
  /** Whether `sudo` asks for a password, which the deployer then asks for once and keeps in memory. */
  readonly askSudoPassword: boolean;
  /** Whether the host only takes store paths that carry a signature it trusts. */
  readonly checkSignatures: boolean;
  /**
   * False: a host that runs a system which is not in the deployer's store, because it was deployed from elsewhere, is not
   * deployed. Absent: it is.
   */
  readonly replaceUnknownProfiles?: boolean;
  readonly buildOn: BuildPlace;
  /**
   * Whether the host is deployed without ssh where Flurry runs on that very machine: `allowed` then, and over ssh from
   * elsewhere; `only` in no other way. Absent: over ssh.
   */
  readonly local?: "allowed" | "only";
  /** The words before a command that make it run as `user`; only used where the ssh user is another one. */
  readonly sudo: readonly string[];
}

/** What holds where neither the fleet nor the host says otherwise. */
export const deployDefaults = {
  sshUser: undefined,
  user: "root",
  sshOptions: [],
  identityFiles: [],
  confirmTimeoutMs: 240_000,
  activationTimeoutMs: 600_000,
  substituteOnDestination: false,
  magicRollback: true,
  autoRollback: true,
  unitFailurePolicy: "degraded",
  unreachable: "fail",
  lostContact: "auto",
  confirmVia: [],
  askSudoPassword: false,
  checkSignatures: false,
  buildOn: { kind: "local" },
  sudo: ["sudo", "-n", "--"],
} as const satisfies DeployOptions;

/** The words that make a command run as `user` without ever asking for a password. */
export function sudoFor(user: string): readonly string[] {
  return user === "root" ? deployDefaults.sudo : ["sudo", "-n", "-u", user, "--"];
}
