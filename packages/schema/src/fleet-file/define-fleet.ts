import type { FleetInput } from "./schema/fleet.ts";

/** What fleet.config.ts exports: the fleet, or a function that makes it. */
export type FleetConfig = FleetInput | (() => FleetInput | Promise<FleetInput>);

/**
 * Gives a fleet.config.ts its types; returns what it was given.
 *
 * @example
 * ```ts
 * export default defineFleet({ hosts: { nas: { address: "10.0.20.10" } } });
 * ```
 */
export function defineFleet(fleet: FleetConfig): FleetConfig {
  return fleet;
}
