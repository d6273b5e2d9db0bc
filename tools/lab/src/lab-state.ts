import { readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

import { atomicWrite } from "@flurry/core";
import * as z from "zod";

import { LabError } from "./lab-error.ts";

const hostSchema = z.object({
  name: z.string(),
  address: z.string(),
  cable: z.string(),
  storeSizeMiB: z.number().optional(),
  requireSignatures: z.boolean(),
  init: z.enum(["systemd", "mini"]),
  sudo: z.enum(["nopasswd", "refused", "absent"]),
  daemon: z.boolean(),
});

const stateSchema = z.object({
  version: z.literal(1),
  /** The process that made the lab: a lab without a supervisor is stale when this one is gone, too. */
  creator: z.number(),
  /** Where the numbers of processes count, for example `pid:[4026531836]`. */
  pidNamespace: z.string().optional(),
  mapping: z.enum(["identity", "subuid", "single", "none"]),
  store: z.enum(["own", "machine"]),
  cacheDirectory: z.string(),
  cgroup: z.string().optional(),
  systemdProblem: z.string().optional(),
  init: z.enum(["systemd", "mini"]),
  hosts: z.array(hostSchema),
});

/** What a lab's directory says of it, for other processes that work with the lab. */
export type LabState = z.infer<typeof stateSchema>;

const fileName = "lab.json";

/**
 * Reads the state of the lab in a directory.
 *
 * @throws LabError LAB_NOT_RUNNING when there is none
 */
export async function readLabState(directory: string): Promise<LabState> {
  const text = await readFile(join(directory, fileName), "utf8").catch((cause: unknown) => {
    throw new LabError("LAB_NOT_RUNNING", `there is no lab in ${directory}`, {
      cause,
      hint: "Start one with `lab up`.",
    });
  });
  const parsed = stateSchema.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new LabError("LAB_NOT_RUNNING", `${join(directory, fileName)} is of another version of the lab`, {
      cause: parsed.error,
      hint: `Remove ${directory} when no lab runs in it.`,
    });
  return parsed.data;
}

/** The namespace in which this process knows others by their numbers. */
export async function ownPidNamespace(): Promise<string> {
  return await readlink("/proc/self/ns/pid");
}

/** Writes the state of the lab in a directory, whole or not at all. */
export async function writeLabState(directory: string, state: LabState): Promise<void> {
  await atomicWrite(join(directory, fileName), `${JSON.stringify(state, null, 2)}\n`);
}
