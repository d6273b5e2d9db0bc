import { createHash } from "node:crypto";
import { readFile, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

import { atomicWrite } from "@flurry/core";

import { defaultDerivationPath } from "./driver.ts";
import { decodeRecord, encodeRecord, recordName } from "./evaluation-record.ts";
import type { EvaluationRecord } from "./evaluation-record.ts";
import type { EvaluationRequest } from "./evaluation.ts";

/** A record and the file that it is in. */
export interface StoredRecord {
  readonly file: string;
  readonly record: EvaluationRecord;
}

/** Where records are; see {@link RecordStore}. */
export interface RecordStoreOptions {
  /** The directory of this version of the cache. */
  readonly directory: string;
  /** What all answers depend on: records of other environments are not looked at. */
  readonly environment: string;
  /** Told once of each kind of trouble; a cache that does not work is no reason to fail. */
  readonly warn: (line: string) => void;
}

const recordsKeptOfHost = 8;

/**
 * Records in files, named by what they depend on. Files are only ever written whole, so that processes beside each other
 * and a crash in the middle do no harm; what cannot be read is not there.
 *
 * ```
 * records/ENVIRONMENT/HOST-RECORD    one answer; its time of change is when it was last used
 * refuted/HOST                       a host whose reads were shown not to be all it depends on
 * ```
 */
export class RecordStore {
  readonly #options: RecordStoreOptions;
  readonly #warned = new Set<string>();
  #names: Promise<readonly string[]> | undefined;

  constructor(options: RecordStoreOptions) {
    this.#options = options;
  }

  /** The records of a host, the one that was used last first. */
  async find(request: EvaluationRequest): Promise<readonly StoredRecord[]> {
    this.#names ??= this.#list();
    const host = hostKey(request);
    const files = (await this.#names).filter((name) => name.startsWith(`${host}-`)).map((name) => this.#file(name));
    const aged = await Promise.all(files.map(async (file) => ({ file, usedAt: await changedAt(file) })));
    const found: StoredRecord[] = [];
    for (const { file } of aged.sort((a, b) => b.usedAt - a.usedAt)) {
      const record = await this.#read(file);
      if (record !== undefined) found.push({ file, record });
    }
    return found;
  }

  /** Keeps a record. The oldest of a host go. */
  async put(request: EvaluationRequest, record: EvaluationRecord): Promise<void> {
    const host = hostKey(request);
    try {
      await atomicWrite(this.#file(`${host}-${recordName(record)}`), encodeRecord(record), { mode: 0o600 });
      const names = (await this.#list()).filter((name) => name.startsWith(`${host}-`));
      if (names.length <= recordsKeptOfHost) return;
      const aged = await Promise.all(names.map(async (name) => ({ name, usedAt: await changedAt(this.#file(name)) })));
      const old = aged.sort((a, b) => b.usedAt - a.usedAt).slice(recordsKeptOfHost);
      await Promise.all(old.map(({ name }) => this.remove(this.#file(name))));
    } catch (error) {
      this.#warnOnce("write", `evaluations cannot be remembered in ${this.#options.directory}: ${messageOf(error)}`);
    }
  }

  /** Marks a record as used now. */
  async touch({ file }: StoredRecord, now: Date): Promise<void> {
    await utimes(file, now, now).catch(() => {});
  }

  async remove(file: string): Promise<void> {
    await rm(file, { recursive: true, force: true }).catch(() => {});
  }

  /** True when it was shown that the reads of this host's evaluation are not all that it depends on. */
  async isRefuted(request: EvaluationRequest): Promise<boolean> {
    return (await changedAt(this.#refutedFile(request))) > 0;
  }

  /** Remembers that a proof failed; for every fleet with a host of this name, as none is known to be another one. */
  async refute(request: EvaluationRequest, why: string): Promise<void> {
    await atomicWrite(this.#refutedFile(request), `${why}\n`).catch((error: unknown) => {
      this.#warnOnce("write", `evaluations cannot be remembered in ${this.#options.directory}: ${messageOf(error)}`);
    });
  }

  /** A later proof did not fail. */
  async unrefute(request: EvaluationRequest): Promise<void> {
    await this.remove(this.#refutedFile(request));
  }

  async #list(): Promise<readonly string[]> {
    const directory = this.#file("");
    try {
      return await readdir(directory);
    } catch (error) {
      if (!isMissing(error))
        this.#warnOnce("read", `the evaluations in ${directory} cannot be read: ${messageOf(error)}`);
      return [];
    }
  }

  async #read(file: string): Promise<EvaluationRecord | undefined> {
    let text: string;
    try {
      text = await readFile(file, "utf8");
    } catch (error) {
      // Another process may have removed it just now.
      if (!isMissing(error)) this.#warnOnce("read", `the evaluation in ${file} cannot be read: ${messageOf(error)}`);
      return undefined;
    }
    const decoded = decodeRecord(text);
    if (decoded.kind === "record") return decoded.record;
    if (decoded.kind === "other-version") {
      this.#warnOnce("version", `the evaluation in ${file} is in the format of another version of Flurry`);
      return undefined;
    }
    this.#warnOnce("damaged", `the evaluation in ${file} is damaged and is removed`);
    await this.remove(file);
    return undefined;
  }

  #file(name: string): string {
    return join(this.#options.directory, "records", this.#options.environment, name);
  }

  #refutedFile(request: EvaluationRequest): string {
    return join(this.#options.directory, "refuted", hostKey(request));
  }

  #warnOnce(kind: string, line: string): void {
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    this.#options.warn(line);
  }
}

/** Names what was asked for. */
export function hostKey({ attrPath, derivationPath = defaultDerivationPath }: EvaluationRequest): string {
  return createHash("sha256")
    .update(JSON.stringify([attrPath, derivationPath]))
    .digest("hex")
    .slice(0, 32);
}

/** How much a cache may hold and how old leftovers get; see {@link pruneRecords}. */
export interface PruneOptions {
  readonly maxBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Removes the records that were not used for longest until the rest fits, and what a crash left behind. */
export async function pruneRecords(directory: string, { maxBytes, now }: PruneOptions): Promise<void> {
  const records = join(directory, "records");
  const files: { readonly file: string; readonly bytes: number; readonly usedAt: number }[] = [];
  for (const environment of await readdir(records).catch(() => [])) {
    const folder = join(records, environment);
    const names = await readdir(folder).catch(() => []);
    // Fails when it is not empty.
    if (names.length === 0) await rm(folder, { recursive: false }).catch(() => {});
    for (const name of names) {
      const file = join(folder, name);
      const stats = await stat(file).catch(() => undefined);
      if (stats === undefined) continue;
      const isLeftover = !/^[0-9a-f]{32}-[0-9a-f]{32}$/.test(name) && now - stats.mtimeMs > 3_600_000;
      if (isLeftover) await rm(file, { recursive: true, force: true }).catch(() => {});
      else files.push({ file, bytes: stats.size, usedAt: stats.mtimeMs });
    }
  }
  let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { file, bytes } of files.sort((a, b) => a.usedAt - b.usedAt)) {
    if (total <= maxBytes) return;
    await rm(file, { force: true }).catch(() => {});
    total -= bytes;
  }
}

async function changedAt(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
