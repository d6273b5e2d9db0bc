import type { UnitCheck } from "@flurry/schema";

import type { HostLink } from "../host/host-link.ts";
import type { HealthContext } from "./check-health.ts";

/** Passes when every unit is active. */
export async function unitCheck(
  link: HostLink,
  { units }: UnitCheck,
  { signal }: HealthContext,
): Promise<string | undefined> {
  const { stdout, exitCode } = await link.run(["systemctl", "is-active", "--", ...units], {
    signal,
    timeoutMs: 15_000,
  });
  if (exitCode === 0) return undefined;
  const states = stdout.trim().split("\n");
  const bad = units.filter((_, index) => states[index] !== "active");
  return `not active: ${bad.join(", ")}`;
}
