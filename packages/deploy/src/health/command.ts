import type { CommandCheck } from "@flurry/schema";

import type { HostLink } from "../host/host-link.ts";
import type { HealthContext } from "./check-health.ts";

/** Passes when the command ends with exit code 0 on the host. */
export async function commandCheck(
  link: HostLink,
  { command, timeoutMs }: CommandCheck,
  { signal }: HealthContext,
): Promise<string | undefined> {
  const { exitCode, stderr } = await link.run(["sh", "-c", command], { signal, timeoutMs });
  if (exitCode === 0) return undefined;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return `\`${command}\` ended with exit code ${exitCode ?? "none"}${said === "" ? "" : `: ${said}`}`;
}
