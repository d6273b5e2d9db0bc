import { isAbsolute, relative, resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { fleetInvalid, findFleet, readFleetFile } from "@flurry/schema";
import { loadPolicy, requireUsablePolicy, ruleFor } from "@flurry/secrets";
import type { LoadedPolicy, LoadPolicyOptions, PolicyRule } from "@flurry/secrets";

import { findRules, nixInstantiate } from "./agenix-rules-file.ts";
import type { SecretsSession } from "./session.ts";

/** A rule with the policy that it is from. */
export interface FoundRule {
  readonly rule: PolicyRule;
  /** The file that says so, for people. */
  readonly source: string;
}

/**
 * Reads who may read which file: from the fleet's `secrets`, else from `.sops.yaml` (or SOPS_CONFIG), else from
 * `secrets.nix` (or RULES).
 *
 * @param kind - `age` prefers `secrets.nix` to `.sops.yaml` where there are both
 * @returns undefined when nothing says so
 */
async function findPolicy(session: SecretsSession, kind: "sops" | "age" = "sops"): Promise<LoadedPolicy | undefined> {
  const { cwd, context } = session;
  const config = context.env["SOPS_CONFIG"] ?? "";
  const fleet = await fleetOf(session);
  const hasOwn = fleet?.fleet.secrets !== undefined;
  const rules = kind === "age" && !hasOwn ? await findRules(session) : undefined;
  const evaluate = nixInstantiate(session);
  try {
    return await loadPolicy({
      cwd,
      ...(fleet === undefined ? {} : { fleet }),
      ...(config === "" || kind === "age" ? {} : { sopsConfig: resolve(cwd, config) }),
      ...(rules === undefined ? {} : { agenixRules: rules }),
      evaluateRules: async (path) => await evaluate(path),
    });
  } catch (error) {
    const nothing = FlurryError.is(error) && error.code === "FLURRY_POLICY_NOT_FOUND";
    // Who names a file means it.
    if (nothing && (config === "" || kind === "age")) return undefined;
    throw error;
  }
}

/**
 * The rule that covers a file, if there is a policy for files of its kind and it covers it.
 *
 * @throws FlurryError FLURRY_POLICY_INVALID also for a policy that does not say what it seems to
 */
export async function findRule(
  path: string,
  kind: "sops" | "age",
  session: SecretsSession,
): Promise<FoundRule | undefined> {
  const policy = (await findPolicy(session, kind))?.policy;
  if (policy?.backend !== (kind === "age" ? "agenix" : "sops")) return undefined;
  requireUsablePolicy(policy);
  const inside = relative(policy.root, path);
  const rule = ruleFor(policy, inside.startsWith("../") || isAbsolute(inside) ? path : inside);
  return rule === undefined ? undefined : { rule, source: policy.source.file };
}

async function fleetOf({ cwd, interruption }: SecretsSession): Promise<LoadPolicyOptions["fleet"]> {
  const found = await findFleet(cwd).catch((error: unknown) => {
    if (FlurryError.is(error) && error.code === "FLURRY_FLEET_NOT_FOUND") return undefined;
    throw error;
  });
  const file = found?.fleetFile;
  if (file === undefined) return undefined;
  const read = await readFleetFile(file, { displayName: relative(cwd, file), signal: interruption.signal });
  if (!read.ok) throw fleetInvalid(read.issues);
  return { fleet: read.value, path: file };
}
