import { FlurryError, isStorePath } from "@flurry/core";
import type { DrvPath, StorePath } from "@flurry/core";
import type { LockedFlake } from "@flurry/nix";
import * as z from "zod";

import { goals } from "../goal.ts";
import type { Goal } from "../goal.ts";
import type { HostPlan } from "./host-plan.ts";

/** The version of the file format; a reader takes only its own. */
const formatVersion = 2;

const storePathSchema = z.custom<StorePath>((value) => typeof value === "string" && isStorePath(value), {
  error: "expected a store path",
});
const drvPathSchema = z.custom<DrvPath>(
  (value) => typeof value === "string" && value.endsWith(".drv") && isStorePath(value),
  { error: "expected the store path of a derivation" },
);

const profileSchema = z.strictObject({
  name: z.string().min(1),
  drvPath: drvPathSchema,
  outPath: storePathSchema,
  current: storePathSchema.optional(),
});

const hostSchema = z
  .strictObject({
    host: z.string().min(1),
    system: z.strictObject({ drvPath: drvPathSchema, outPath: storePathSchema }).optional(),
    current: storePathSchema,
    profile: storePathSchema.optional(),
    profiles: z.array(profileSchema).min(1).optional(),
  })
  .refine(({ system, profiles }) => system !== undefined || profiles !== undefined, {
    error: "expected a system, profiles or both",
  });

const planSchema = z.strictObject({
  format: z.literal("flurry-plan"),
  version: z.literal(formatVersion),
  createdAt: z.iso.datetime(),
  operator: z.string(),
  goal: z.enum(goals),
  source: z.strictObject({ flake: z.string(), narHash: z.string().min(1), revision: z.string().optional() }),
  hosts: z.array(hostSchema).min(1),
});

const headSchema = z.looseObject({ format: z.literal("flurry-plan"), version: z.unknown() });

/** What a profile of a host was when the plan was made, and what it is to be. */
export interface PlannedProfile {
  readonly name: string;
  readonly drvPath: DrvPath;
  /** The package to deploy. */
  readonly outPath: StorePath;
  /** What it was; missing when there was none. */
  readonly current?: StorePath | undefined;
}

/** What one host ran when the plan was made, and what it is to run. */
export interface PlannedHost {
  readonly host: string;
  /** The system to deploy; missing where the host keeps the one that it has, and only profiles are planned. */
  readonly system?: { readonly drvPath: DrvPath; readonly outPath: StorePath } | undefined;
  /** What it ran. */
  readonly current: StorePath;
  /** What its profile led to. */
  readonly profile?: StorePath | undefined;
  /** The profiles beside its system, at least one; missing where none is planned. */
  readonly profiles?: readonly PlannedProfile[] | undefined;
}

/** A plan as it is kept in a file. */
export interface SavedPlan {
  readonly format: "flurry-plan";
  readonly version: 2;
  /** ISO 8601, in UTC. */
  readonly createdAt: string;
  /** Who made it: `alice@laptop`. */
  readonly operator: string;
  readonly goal: Goal;
  /** The flake that it was made from. `narHash` is that of the whole source, its lock file included. */
  readonly source: { readonly flake: string; readonly narHash: string; readonly revision?: string | undefined };
  /** In fleet order, those that are where they should be among them. */
  readonly hosts: readonly PlannedHost[];
}

/** What a {@link SavedPlan} is made from. */
export interface SavedPlanParts {
  readonly goal: Goal;
  readonly flake: LockedFlake;
  readonly plans: readonly HostPlan[];
  readonly operator: string;
  readonly now: Date;
}

/**
 * The part of a plan that a deployment can be bound to. Hosts of which it is not known what they run, or should run, are
 * left out.
 *
 * @throws FlurryError FLURRY_PLAN_INVALID when no host is left
 */
export function savedPlan({ goal, flake, plans, operator, now }: SavedPlanParts): SavedPlan {
  const hosts = plans.flatMap(plannedHost);
  if (hosts.length === 0)
    throw new FlurryError("FLURRY_PLAN_INVALID", "there is nothing to keep: too little is known of every host");
  const { original, narHash, revision } = flake;
  const source = { flake: original, narHash, ...(revision === undefined ? {} : { revision }) };
  return { format: "flurry-plan", version: formatVersion, createdAt: now.toISOString(), operator, goal, source, hosts };
}

function plannedHost({
  host,
  status,
  current,
  profile,
  wanted,
  drvPath,
  profiles = [],
}: HostPlan): readonly PlannedHost[] {
  const system = wanted === undefined || !isDrvPath(drvPath) ? {} : { system: { drvPath, outPath: wanted } };
  if (status === "unknown" || current === undefined || (wanted === undefined && profiles.length === 0)) return [];
  const beside = profiles.map(({ name, drvPath: drv, wanted: outPath, current: was }): PlannedProfile => {
    return { name, drvPath: drv, outPath, ...(was === undefined ? {} : { current: was }) };
  });
  return [
    {
      host,
      ...system,
      current,
      ...(profile === undefined ? {} : { profile }),
      ...(beside.length === 0 ? {} : { profiles: beside }),
    },
  ];
}

function isDrvPath(path: StorePath | undefined): path is DrvPath {
  return path?.endsWith(".drv") === true;
}

/** The text of a plan's file. */
export function formatPlan(plan: SavedPlan): string {
  return `${JSON.stringify(plan, undefined, 2)}\n`;
}

/**
 * Reads the text of a plan's file.
 *
 * @param file - its name, for errors
 * @throws FlurryError FLURRY_PLAN_INVALID
 */
export function parsePlan(text: string, file: string): SavedPlan {
  const json = parseJson(text, file);
  const head = headSchema.safeParse(json);
  if (!head.success) throw invalid(file, "it is not a plan of flurry", "flurry plan --out makes one");
  if (head.data.version !== formatVersion)
    throw invalid(
      file,
      `it has version ${JSON.stringify(head.data.version)} of the format, and this flurry reads version ${formatVersion}`,
      "make the plan with the same version of flurry that deploys it",
    );
  const parsed = planSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue?.path.join(".") ?? "";
    throw invalid(file, `${at === "" ? "" : `${at}: `}${issue?.message ?? "it is damaged"}`, "make the plan again");
  }
  const names = parsed.data.hosts.map(({ host }) => host);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw invalid(file, `${twice} is in it twice`, "make the plan again");
  return parsed.data;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(
      file,
      `it is not JSON: ${cause instanceof Error ? cause.message : ""}`,
      "flurry plan --out makes one",
    );
  }
}

function invalid(file: string, why: string, hint: string): FlurryError {
  return new FlurryError("FLURRY_PLAN_INVALID", `the plan cannot be read: ${why}`, { place: { file }, hint });
}
