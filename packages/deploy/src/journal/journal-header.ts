import { isStorePath } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import type { LockedFlake } from "@flurry/nix";
import type { BuildPlace, UnreachablePolicy } from "@flurry/schema";
import * as z from "zod";

import { goals } from "../goal.ts";
import type { Goal } from "../goal.ts";
import type { RebootWish } from "../reboot/reboot-wish.ts";

/** What tells a process from any other that had or will have its number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it began, in clock ticks since the machine booted: field 22 of /proc/PID/stat. */
  readonly startedTicks: number;
  /** /proc/sys/kernel/random/boot_id of the machine it runs on. */
  readonly bootId: string;
}

/** The first line of a journal: what it takes to go on with the run when its deployer has died. */
export interface JournalHeader {
  readonly kind: "journal";
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly runId: string;
  /** The command that runs: `deploy`, `rollback`, `resume`. */
  readonly command: string;
  readonly goal: Goal;
  /** Who runs it, for people: `alice@laptop`. */
  readonly operator: string;
  readonly parallel: number;
  /** What the command line said of the hosts' deadlines, in milliseconds. */
  readonly confirmTimeoutMs?: number;
  readonly activationTimeoutMs?: number;
  /** What it said of going back. */
  readonly magicRollback?: boolean;
  readonly autoRollback?: boolean;
  /** What the command line said of where to build, of hosts that cannot be reached, of reboots and of secrets. */
  readonly buildOn?: BuildPlace;
  readonly unreachable?: UnreachablePolicy;
  readonly reboot?: RebootWish;
  readonly noSecretsCheck?: boolean;
  /** The source that the systems come from; missing where nothing is evaluated. */
  readonly flake?: LockedFlake;
  /** The profiles that were chosen of hosts; hosts that are missing get all of theirs. */
  readonly profiles?: Readonly<Record<string, readonly string[]>>;
  /** Whether hosts get no keys. */
  readonly noKeys?: boolean;
  /** The run that this one goes on with. */
  readonly resumes?: string;
  readonly process?: ProcessIdentity;
  /** The host that was the deployer's very machine; missing where every host was reached over ssh. */
  readonly localHost?: string;
  /** Which machine that was; see `CliContext.machine`. */
  readonly machine?: string;
}

const buildPlaceSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("local") }),
  z.object({ kind: z.literal("target") }),
  z.object({ kind: z.literal("host"), name: z.string() }),
  z.object({ kind: z.literal("store"), uri: z.string() }),
]);

const flakeSchema = z.looseObject({
  original: z.string(),
  lockedRef: z.string(),
  storePath: z.custom<StorePath>((value) => typeof value === "string" && isStorePath(value)),
  narHash: z.string(),
  dirty: z.boolean(),
  warnings: z.array(z.string()),
});

const headerSchema = z.looseObject({
  kind: z.literal("journal"),
  at: z.number(),
  runId: z.string(),
  command: z.string(),
  goal: z.enum(goals),
  operator: z.string(),
  parallel: z.number(),
  confirmTimeoutMs: z.number().optional(),
  activationTimeoutMs: z.number().optional(),
  magicRollback: z.boolean().optional(),
  autoRollback: z.boolean().optional(),
  buildOn: buildPlaceSchema.optional(),
  unreachable: z.enum(["fail", "skip"]).optional(),
  reboot: z.object({ when: z.enum(["needed", "always"]), timeoutMs: z.number() }).optional(),
  noSecretsCheck: z.boolean().optional(),
  flake: flakeSchema.optional(),
  profiles: z.record(z.string(), z.array(z.string())).optional(),
  noKeys: z.boolean().optional(),
  resumes: z.string().optional(),
  process: z.object({ pid: z.number(), startedTicks: z.number(), bootId: z.string() }).optional(),
  localHost: z.string().optional(),
  machine: z.string().optional(),
});

/** Reads the first line of a journal; undefined when it is something else. */
export function parseHeader(value: unknown): JournalHeader | undefined {
  const parsed = headerSchema.safeParse(value);
  return parsed.success ? (parsed.data as JournalHeader) : undefined;
}
