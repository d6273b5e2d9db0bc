import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";

import type { DrvPath, StorePath } from "@flurry/core";

import type { LockedFlake } from "../flake/locked-flake.ts";
import type { NixVersion } from "../process/capabilities.ts";
import type { NixContext } from "../process/nix-context.ts";
import { dependenciesOf, everyFact, FlakeState, unique, wholeTree } from "./dependency.ts";
import type { Dependency } from "./dependency.ts";
import { DerivationScan } from "./derivation-scan.ts";
import { evaluationEnvironment } from "./environment.ts";
import type { NixAnswer } from "./evaluate.ts";
import { reasonOf, uniqueReasons } from "./evaluation-reason.ts";
import type { EvaluationReason } from "./evaluation-reason.ts";
import type { Doubt, EvaluationRecord } from "./evaluation-record.ts";
import type { EvaluationRequest } from "./evaluation.ts";
import { flakeFile, timesOpened } from "./reads.ts";
import type { Reads } from "./reads.ts";
import { pruneRecords, RecordStore } from "./record-store.ts";
import type { StoredRecord } from "./record-store.ts";

/** The directory of what evaluations leave behind; undefined without a home. Its name ends with the version of its layout. */
export function evaluationCacheDirectory(env: NodeJS.ProcessEnv): string | undefined {
  const { XDG_CACHE_HOME: cache, HOME: home } = env;
  const base = cache !== undefined && isAbsolute(cache) ? cache : home === undefined ? undefined : join(home, ".cache");
  return base === undefined ? undefined : join(base, "flurry", "eval", "v1");
}

/** What the cache knows of a host. */
export type Lookup =
  | { readonly kind: "hit"; readonly stored: StoredRecord }
  | {
      readonly kind: "miss";
      readonly reasons: readonly EvaluationReason[];
      /** What the host was when it was evaluated last, on what was different then. */
      readonly previous?: DrvPath;
    };

/** What a cache is opened with; see {@link EvaluationCache}. */
export interface EvaluationCacheParts {
  readonly directory: string;
  readonly context: NixContext;
  readonly version: NixVersion;
  readonly signal: AbortSignal;
  /** Milliseconds that one call of nix may take. */
  readonly timeoutMs: number;
  /** Those of the derivations that are in the store. */
  readonly validDerivations: (paths: readonly DrvPath[]) => Promise<ReadonlySet<StorePath>>;
  readonly warn: (line: string) => void;
}

const maxCacheBytes = 256 * 1024 * 1024;
const reasonsShown = 5;

/** Answers of earlier evaluations for one state of a flake, and what new ones leave behind. */
export class EvaluationCache {
  readonly state: FlakeState;
  readonly records: RecordStore;
  readonly #parts: EvaluationCacheParts;
  readonly #scan: DerivationScan;
  readonly #hashes = new Map<string, boolean>();

  private constructor(state: FlakeState, records: RecordStore, parts: EvaluationCacheParts) {
    this.state = state;
    this.records = records;
    this.#parts = parts;
    this.#scan = new DerivationScan(state.flake.storePath.slice("/nix/store/".length, "/nix/store/".length + 32));
  }

  /**
   * Opens the cache for a flake.
   *
   * @throws FlurryError as runNix does, and whatever keeps flake.nix from being read
   */
  static async open(flake: LockedFlake, parts: EvaluationCacheParts): Promise<EvaluationCache> {
    const environment = await evaluationEnvironment(flake, parts.context, parts);
    const { directory, warn } = parts;
    return new EvaluationCache(new FlakeState(flake), new RecordStore({ directory, environment, warn }), parts);
  }

  /** Looks each host up, in the order of the requests. Whether the derivations are still there is another question. */
  async lookup(requests: readonly EvaluationRequest[]): Promise<readonly Lookup[]> {
    return Promise.all(requests.map((request) => this.#match(request)));
  }

  /** What was found, but for the answers whose derivations are no longer in the store. */
  async confirm(found: readonly Lookup[]): Promise<readonly Lookup[]> {
    const valid = await this.#valid(found.flatMap((look) => (look.kind === "hit" ? [look.stored.record.drvPath] : [])));
    return found.map((look) => {
      const isGone = look.kind === "hit" && !valid.has(look.stored.record.drvPath);
      return isGone ? { kind: "miss", reasons: [{ kind: "collected" }] } : look;
    });
  }

  /** Reads what the derivation of a host was built from, most of which its next one will be too. */
  async foresee(previous: DrvPath): Promise<void> {
    await this.#scan.finds(previous).catch(() => {});
  }

  /** The first record of a host whose dependencies are all as they were. */
  async #match(request: EvaluationRequest): Promise<Lookup> {
    const records = await this.records.find(request);
    const nearest = records[0]?.record;
    const isRefuted = records.length > 0 && (await this.records.isRefuted(request));
    for (const stored of records) {
      const { dependencies, doubts } = stored.record;
      if (isRefuted && doubts.length === 0 && !stored.record.proven) continue;
      if (this.state.changed(dependencies, 1).length === 0) return { kind: "hit", stored };
    }
    if (nearest === undefined) return { kind: "miss", reasons: [{ kind: "new" }] };
    const changed = this.state.changed(nearest.dependencies).map((each) => reasonOf(each, nearest.doubts));
    const reasons = uniqueReasons(changed).slice(0, reasonsShown);
    const { drvPath: previous } = nearest;
    return { kind: "miss", reasons: reasons.length === 0 ? [{ kind: "refuted" }] : reasons, previous };
  }

  async #valid(drvPaths: readonly DrvPath[]): Promise<ReadonlySet<StorePath>> {
    // What is no file is not valid either; asking for a path that is not valid can be slow.
    const there = [...new Set(drvPaths)].filter((path) => existsSync(path));
    return there.length === 0 ? new Set() : this.#parts.validDerivations(there);
  }

  /** Remembers an answer with what it depends on; undefined when nothing may be remembered of it. */
  async remember(
    request: EvaluationRequest,
    answer: Extract<NixAnswer, { status: "ok" }>,
    reads: Reads | undefined,
  ): Promise<StoredRecord["record"] | undefined> {
    const { drvPath, outPath, system, secrets, trail } = answer;
    if (!trail.pure) return undefined;
    const seen = this.#credible(reads);
    const dependencies = dependenciesOf({ reads: seen, marks: trail.marks }, this.state);
    const doubts = await this.#doubts(request, { answer, reads: seen });
    const all = doubts.length === 0 ? dependencies : unique([...dependencies, ...this.#allThatMayMatter(doubts)]);
    const record: EvaluationRecord = {
      dependencies: this.state.record(all),
      drvPath,
      outPath,
      system,
      ...(secrets === undefined ? {} : { secrets }),
      log: trail.log,
      proven: false,
      doubts,
    };
    await this.records.put(request, record);
    return record;
  }

  /** Makes room. */
  async prune(now: number): Promise<void> {
    await pruneRecords(this.#parts.directory, { maxBytes: maxCacheBytes, now }).catch(() => {});
  }

  /** Reads without flake.nix, which every evaluation reads, are those of a recorder that did not see nix. */
  #credible(reads: Reads | undefined): Reads | undefined {
    const flakeNix = flakeFile(this.state.flake.subdirectory, "flake.nix");
    return reads !== undefined && timesOpened(reads, flakeNix) > 0 ? reads : undefined;
  }

  /** What a host depends on of which it is not known what it depends on. */
  #allThatMayMatter(doubts: readonly Doubt[]): readonly Dependency[] {
    return doubts.includes("refuted") ? [wholeTree, ...everyFact(this.state)] : [wholeTree];
  }

  async #doubts(
    request: EvaluationRequest,
    { answer, reads }: { readonly answer: Extract<NixAnswer, { status: "ok" }>; readonly reads: Reads | undefined },
  ): Promise<readonly Doubt[]> {
    const { trail, drvPath } = answer;
    if (reads === undefined) return ["unseen"];
    const inputs = trail.marks.filter(({ kind }) => kind === "input");
    // What cannot be scanned might hold anything.
    const leaks = await this.#scan.finds(drvPath).catch(() => true);
    return [
      ...(leaks ? (["leak"] as const) : []),
      ...(trail.importsFromDerivation ? (["import-from-derivation"] as const) : []),
      ...(reads.some(({ kind, path }) => kind === "open" && this.#hashesTexts(path)) ? (["hash"] as const) : []),
      ...(inputs.some(({ name }) => this.state.isRelativeInput(name)) ? (["relative-input"] as const) : []),
      ...((await this.records.isRefuted(request)) ? (["refuted"] as const) : []),
    ];
  }

  /** True for a Nix file that hashes texts. The hash of a path has nothing left of it that a scan could find. */
  #hashesTexts(path: string): boolean {
    if (!path.endsWith(".nix")) return false;
    let hashes = this.#hashes.get(path);
    if (hashes === undefined) {
      hashes = readText(this.state.flake.storePath + path).includes("hashString");
      this.#hashes.set(path, hashes);
    }
    return hashes;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // It is no file: there is nothing to hash in it.
    return "";
  }
}
