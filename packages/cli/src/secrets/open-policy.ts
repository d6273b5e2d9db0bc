import { relative, resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { fleetInvalid, findFleet, readFleetFile } from "@flurry/schema";
import type { Fleet } from "@flurry/schema";
import { fleetReaders, interruptedWrites, loadPolicy, readPolicyFiles, recoverWrites } from "@flurry/secrets";
import type { LoadedPolicy, PolicyFile, Reader } from "@flurry/secrets";

import { count } from "../renderers/measures.ts";
import { nixInstantiate } from "./agenix-rules-file.ts";
import type { SecretsSession } from "./session.ts";

/** The policy that a command goes by. */
export interface OpenPolicy {
  readonly loaded: LoadedPolicy;
  /** The fleet beside it, if there is one; its secrets may be the policy. */
  readonly fleet: FleetBeside | undefined;
  /** Hosts with the recipients of their pinned keys. */
  readonly hosts: readonly Reader[];
  /** A file of the policy as the user would name it from where they are. */
  readonly name: (path: string) => string;
  /** A file that the user named, relative to the policy's root. */
  readonly pathOf: (name: string) => string;
}

/** A fleet file, read. */
export interface FleetBeside {
  readonly fleet: Fleet;
  /** Absolute. */
  readonly path: string;
  readonly directory: string;
}

/**
 * Finds the policy from the working directory upward: the fleet's secrets, else .sops.yaml, else secrets.nix. SOPS_CONFIG
 * and RULES name another, as for sops and agenix.
 *
 * @throws FlurryError FLURRY_POLICY_NOT_FOUND, FLURRY_POLICY_INVALID, FLURRY_FLEET_INVALID, FLURRY_AGENIX_RULES_INVALID
 */
export async function openPolicy(session: SecretsSession): Promise<OpenPolicy> {
  const { cwd, context } = session;
  const named = (variable: string): string | undefined => {
    const text = context.env[variable] ?? "";
    return text === "" ? undefined : resolve(cwd, text);
  };
  const fleet = await fleetBeside(session);
  const sopsConfig = named("SOPS_CONFIG");
  const agenixRules = named("RULES");
  const loaded = await loadPolicy({
    cwd,
    ...(fleet === undefined ? {} : { fleet }),
    ...(sopsConfig === undefined ? {} : { sopsConfig }),
    ...(agenixRules === undefined ? {} : { agenixRules }),
    evaluateRules: (path) => nixInstantiate(session)(path),
  });
  const { root, backend } = loaded.policy;
  return {
    loaded,
    fleet,
    hosts: fleet === undefined ? [] : fleetReaders(fleet.fleet, backend),
    name: (path) => relative(cwd, resolve(root, path)),
    pathOf: (name) => relative(root, resolve(cwd, name)),
  };
}

async function fleetBeside({ cwd, interruption }: SecretsSession): Promise<FleetBeside | undefined> {
  const found = await findFleet(cwd).catch((error: unknown) => {
    if (FlurryError.is(error) && error.code === "FLURRY_FLEET_NOT_FOUND") return undefined;
    throw error;
  });
  if (found?.fleetFile === undefined) return undefined;
  const path = found.fleetFile;
  const read = await readFleetFile(path, { displayName: relative(cwd, path), signal: interruption.signal });
  if (!read.ok) throw fleetInvalid(read.issues);
  return { fleet: read.value, path, directory: found.directory };
}

/** The files of a policy, or those of them that the user named. */
export async function policyFiles(
  { loaded: { policy }, pathOf }: OpenPolicy,
  names: readonly string[],
  { context, interruption }: SecretsSession,
): Promise<readonly PolicyFile[]> {
  const options = { env: context.env, signal: interruption.signal };
  return await readPolicyFiles(policy, names.length === 0 ? options : { ...options, within: names.map(pathOf) });
}

/**
 * {@link openPolicy} for a command that writes: a change that was interrupted is brought to its end first, and said so.
 *
 * @throws FlurryError as {@link openPolicy}, and FLURRY_REKEY_CONFLICT when it cannot be brought to its end
 */
export async function openPolicyToWrite(session: SecretsSession): Promise<OpenPolicy> {
  const open = await openPolicy(session);
  const recovery = await recoverWrites(open.loaded.policy.root);
  if (recovery === undefined) return open;
  const { what, files, written } = recovery;
  const rest =
    written.length === 0
      ? "all of its files had been written"
      : `${count(written.length, "file")} of ${files.length} were still to be written, and are now`;
  session.warn(`an earlier ${what} had been interrupted and was brought to its end: ${rest}`);
  // The policy itself may be among these files.
  return await openPolicy(session);
}

/** Says of a change that was interrupted that it was; for commands that write nothing. */
export async function tellInterrupted({ loaded: { policy } }: OpenPolicy, { warn }: SecretsSession): Promise<boolean> {
  const found = await interruptedWrites(policy.root);
  if (found === undefined) return false;
  warn(
    `an earlier ${found.what} of ${count(found.files.length, "file")} was interrupted; flurry secrets rekey brings it to its end`,
  );
  return true;
}
