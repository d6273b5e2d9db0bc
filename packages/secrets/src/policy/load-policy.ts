import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, relative } from "node:path";

import { FlurryError } from "@flurry/core";
import { parseFleetYaml, fleetInvalid } from "@flurry/schema";
import type { Fleet } from "@flurry/schema";

import { parseAgenixRules } from "../agenix/rules.ts";
import { agenixPolicy } from "./agenix-policy.ts";
import { fleetPolicy, fleetReaders } from "./fleet-policy.ts";
import type { Policy } from "./policy.ts";
import { sopsPolicy } from "./sops-policy.ts";

/** A policy with the text that it was read from. */
export interface LoadedPolicy {
  readonly policy: Policy;
  /** The source's text; undefined where it is a program (fleet.config.ts). */
  readonly text: string | undefined;
  /**
   * Reads another text as if it stood in the source; the file on disk is not touched.
   *
   * @throws FlurryError FLURRY_POLICY_INVALID, FLURRY_FLEET_INVALID, FLURRY_AGENIX_RULES_INVALID
   */
  readonly reread: (text: string) => Promise<Policy>;
}

/** Where to look for a policy. */
export interface LoadPolicyOptions {
  /** The folder to begin in; `.sops.yaml` is looked for from here upward, as `sops` does. */
  readonly cwd: string;
  /** The fleet, if there is one, with the absolute path of its file. Its `secrets` come first. */
  readonly fleet?: { readonly fleet: Fleet; readonly path: string };
  /** A `.sops.yaml` that is to be taken instead of looking for one, as with `SOPS_CONFIG`. */
  readonly sopsConfig?: string;
  /** A `secrets.nix` that is to be taken, as with `RULES`. */
  readonly agenixRules?: string;
  /** Evaluates a `secrets.nix`: its path, or other text as if it stood there. Without it there is none. */
  readonly evaluateRules?: (path: string, text: string) => Promise<unknown>;
}

/** Folders above this many are not searched. Source: `maxDepth` of config/config.go. */
const maxDepth = 100;

/**
 * Finds and reads the policy: the fleet's `secrets` if it has any, else a `.sops.yaml`, else a `secrets.nix`.
 *
 * @throws FlurryError FLURRY_POLICY_NOT_FOUND, FLURRY_POLICY_INVALID, FLURRY_AGENIX_RULES_INVALID
 */
export async function loadPolicy(options: LoadPolicyOptions): Promise<LoadedPolicy> {
  const { fleet, sopsConfig, agenixRules, evaluateRules, cwd } = options;
  const stated = sopsConfig !== undefined || agenixRules !== undefined;
  if (!stated && fleet?.fleet.secrets !== undefined) return await fromFleet(fleet, cwd);
  const known = (backend: "sops" | "agenix") => (fleet === undefined ? [] : fleetReaders(fleet.fleet, backend));
  const config = agenixRules === undefined ? (sopsConfig ?? (await findUpward(cwd, ".sops.yaml"))) : undefined;
  if (config !== undefined) {
    const text = await readText(config);
    const read = (other: string): Policy =>
      sopsPolicy(other, config, { file: displayed(config, cwd), known: known("sops") });
    return { policy: read(text), text, reread: async (other) => read(other) };
  }
  const rules = agenixRules ?? (await findRules(cwd));
  if (rules !== undefined && evaluateRules !== undefined) {
    const text = await readText(rules);
    const read = async (other: string): Promise<Policy> => {
      const file = displayed(rules, cwd);
      // agenix takes names relative to the folder that it is run in, which is that of the rules.
      const parsed = parseAgenixRules(await evaluateRules(rules, other), rules);
      return agenixPolicy(parsed, rules, { text: other, file, known: known("agenix") });
    };
    return { policy: await read(text), text, reread: read };
  }
  throw new FlurryError("FLURRY_POLICY_NOT_FOUND", `Nothing in ${cwd} or above says who may read which secret`, {
    hint:
      rules === undefined
        ? "Add secrets: to fleet.yaml, or write a .sops.yaml or a secrets.nix."
        : `There is ${displayed(rules, cwd)}, but it takes Nix to read it.`,
  });
}

async function fromFleet(
  { fleet, path }: { readonly fleet: Fleet; readonly path: string },
  cwd: string,
): Promise<LoadedPolicy> {
  const root = dirname(path);
  const file = displayed(path, cwd);
  const isYaml = /\.ya?ml$/.test(path);
  const text = isYaml ? await readText(path) : undefined;
  const sopsYaml = await readFile(join(root, ".sops.yaml"), "utf8").catch(() => undefined);
  const policyOf = (one: Fleet, source: string | undefined): Policy => {
    const policy = fleetPolicy(one, {
      root,
      path,
      file,
      ...(source === undefined ? {} : { text: source }),
      ...(sopsYaml === undefined ? {} : { sopsYaml }),
    });
    if (policy === undefined)
      throw new FlurryError("FLURRY_POLICY_NOT_FOUND", `${file} has no secrets`, { place: { file } });
    return policy;
  };
  return {
    policy: policyOf(fleet, text),
    text,
    reread: async (other) => {
      const read = parseFleetYaml(other, { file });
      if (!read.ok) throw fleetInvalid(read.issues);
      return policyOf(read.value, other);
    },
  };
}

async function findUpward(cwd: string, name: string): Promise<string | undefined> {
  let folder = cwd;
  for (let depth = 0; depth < maxDepth; depth++) {
    const path = join(folder, name);
    if ((await readFile(path).catch(() => undefined)) !== undefined) return path;
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
  return undefined;
}

async function findRules(cwd: string): Promise<string | undefined> {
  for (const name of ["secrets.nix", "secrets/secrets.nix"]) {
    const path = join(cwd, name);
    if ((await readFile(path).catch(() => undefined)) !== undefined) return path;
  }
  return undefined;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new FlurryError("FLURRY_POLICY_NOT_FOUND", `${path} cannot be read`, { cause, place: { file: path } });
  }
}

function displayed(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near.startsWith("../../..") || isAbsolute(near) ? path : near;
}
