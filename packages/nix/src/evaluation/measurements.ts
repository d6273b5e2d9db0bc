import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { atomicWrite } from "@flurry/core";
import * as z from "zod";

import type { LockedFlake } from "../flake/locked-flake.ts";
import type { EvaluationRequest } from "./evaluation.ts";
import { hostKey } from "./record-store.ts";

const measurement = z.object({ durationMs: z.number(), peakRssBytes: z.number().optional() });
const file = z.object({ version: z.literal(1), hosts: z.record(z.string(), measurement) });

/** What the last evaluation of a host took. */
export type Measurement = z.infer<typeof measurement>;

/**
 * What evaluations took, kept for each fleet, so that the next run starts with the longest and fits into memory. Only
 * advice: of two runs at a time the later one's numbers stay.
 */
export class Measurements {
  readonly #file: string | undefined;
  readonly #hosts: Map<string, Measurement>;
  #isChanged = false;

  private constructor(path: string | undefined, hosts: Readonly<Record<string, Measurement>>) {
    this.#file = path;
    this.#hosts = new Map(Object.entries(hosts));
  }

  /** @param directory - that of the cache; without it nothing is remembered */
  static async open(directory: string | undefined, flake: LockedFlake): Promise<Measurements> {
    if (directory === undefined) return new Measurements(undefined, {});
    const { subdirectory = "", directory: place = flake.original } = flake;
    const name = createHash("sha256").update(`${place}\0${subdirectory}`).digest("hex").slice(0, 32);
    const path = join(directory, "measurements", `${name}.json`);
    return new Measurements(path, await readHosts(path));
  }

  of(request: EvaluationRequest): Measurement | undefined {
    return this.#hosts.get(hostKey(request));
  }

  /** The most memory that a host of the fleet is known to have needed. */
  get peakRssBytes(): number | undefined {
    const peaks = [...this.#hosts.values()].flatMap(({ peakRssBytes }) => peakRssBytes ?? []);
    return peaks.length === 0 ? undefined : Math.max(...peaks);
  }

  add(request: EvaluationRequest, { durationMs, peakRssBytes }: Measurement): void {
    this.#isChanged = true;
    const known = peakRssBytes ?? this.of(request)?.peakRssBytes;
    this.#hosts.set(hostKey(request), { durationMs, ...(known === undefined ? {} : { peakRssBytes: known }) });
  }

  async save(): Promise<void> {
    if (!this.#isChanged || this.#file === undefined) return;
    const content = { version: 1, hosts: Object.fromEntries(this.#hosts) };
    // Without it the next run knows less, and that is all.
    await atomicWrite(this.#file, JSON.stringify(content)).catch(() => {});
  }
}

async function readHosts(path: string): Promise<Readonly<Record<string, Measurement>>> {
  try {
    return file.parse(JSON.parse(await readFile(path, "utf8"))).hosts;
  } catch {
    return {};
  }
}
