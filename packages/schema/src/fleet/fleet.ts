import type { Host } from "./host.ts";
import type { FlakeInput } from "./inputs.ts";
import type { Rollout } from "./rollout.ts";
import type { SecretsPolicy } from "./secrets-policy.ts";

/** Where the description of a fleet was read from. */
export interface FleetSource {
  /** `fleet-file`: fleet.yaml or fleet.config.ts; the others: what a flake already says. */
  readonly kind: "fleet-file" | "deploy-rs" | "colmena" | "nixos-configurations";
  /** The file that was read, as it was named by the caller. */
  readonly file?: string;
}

/** Every machine of one repository and how they are deployed, with all defaults filled in. */
export interface Fleet {
  /** One line for people. */
  readonly description?: string;
  readonly source: FleetSource;
  /** The flake reference of nixpkgs, for example `github:NixOS/nixpkgs/nixos-24.11`. */
  readonly nixpkgs?: string;
  /** The other inputs of the flake, in the order of the file. */
  readonly inputs: readonly FlakeInput[];
  /** The machines, in the order of the file; names are unique. */
  readonly hosts: readonly Host[];
  /** Machines that nobody reaches over ssh: each is deployed on itself only (Colmena's `targetHost = null`). */
  readonly localHosts?: readonly Host[];
  readonly rollout: Rollout;
  /** Where each run writes what the last runs came to, in Prometheus' text format; seen from the fleet's directory. */
  readonly prometheusFile?: string;
  /** Whether a deployment has to name its hosts: no selector does not mean all of them (Colmena's `allowApplyAll = false`). */
  readonly mustSelect?: true;
  /** Who may read which secret; absent when Flurry does not manage the secrets of this fleet. */
  readonly secrets?: SecretsPolicy;
}
