/** How what a host runs relates to what it boots and to what the flake says. */
export type Drift =
  /** It runs its boot default, or what the flake says and boots that too. */
  | "none"
  /** It runs what the flake says, but a reboot brings something else. */
  | "uncommitted"
  /** It runs something that is neither its boot default nor what the flake says: someone tried it by hand. */
  | "foreign";

/** Store paths of systems. */
export interface DriftFacts {
  readonly current: string;
  readonly profile: string | undefined;
  /** Undefined when the configuration does not evaluate. */
  readonly wanted: string | undefined;
}

/** Tells {@link Drift}. */
export function driftOf({ current, profile, wanted }: DriftFacts): Drift {
  if (current === profile) return "none";
  return current === wanted ? "uncommitted" : "foreign";
}
