import { FlurryError } from "@flurry/core";
import type { StorePath } from "@flurry/core";

import { deployHost } from "../host/deploy-host.ts";
import type { HostFacts } from "../host/facts.ts";
import type { HostLink } from "../host/host-link.ts";
import type { RunContext } from "../run-context.ts";
import { newRunId } from "../run-id.ts";
import { parseDryActivation } from "./unit-changes.ts";
import type { UnitChanges } from "./unit-changes.ts";

/**
 * Lets a host that has the system say what activating it would do. Changes nothing on it.
 *
 * @throws FlurryError FLURRY_ACTIVATION_FAILED when even that fails, and those of the connection
 */
export async function askUnits(link: HostLink, system: StorePath, signal: AbortSignal): Promise<UnitChanges> {
  const { name: host, deploy } = link.host;
  const words = ["sh", "-c", 'exec "$0" dry-activate 2>&1', `${system}/bin/switch-to-configuration`];
  const { exitCode, stdout, stderr } = await link.run(words, { signal, timeoutMs: deploy.activationTimeoutMs });
  const lines = stdout.split("\n");
  if (exitCode === 0) return parseDryActivation(lines);
  throw new FlurryError("FLURRY_ACTIVATION_FAILED", `dry-activate ended with exit code ${exitCode ?? "unknown"}`, {
    host,
    details: `${stdout}${stderr}`.trim(),
  });
}

/**
 * Copies a system that is built here to a host and lets the host say what activating it would do, under the host's lock.
 * The host keeps the copy until its next collection of garbage.
 *
 * @throws FlurryError those of a deployment with the goal `dry-activate`
 */
export async function copyAndAskUnits(
  {
    link,
    wanted,
    facts,
  }: { readonly link: HostLink; readonly wanted: { readonly outPath: StorePath }; readonly facts: HostFacts },
  context: RunContext,
): Promise<UnitChanges> {
  const lines: string[] = [];
  const emit: RunContext["emit"] = (event) => {
    if (event.kind === "log" && event.stage === "try") lines.push(event.line);
    else context.emit(event);
  };
  const runId = newRunId(new Date());
  const { operator } = context;
  const job = { runId, goal: "dry-activate", candidate: wanted.outPath, before: facts.current, operator } as const;
  await deployHost(link, job, { ...context, emit });
  return parseDryActivation(lines);
}
