import { drvPath, FlurryError, storePath } from "@flurry/core";
import type { Emit, StorePath } from "@flurry/core";
import type {
  BuildRequest,
  BuildResult,
  EvaluateOptions,
  Evaluation,
  EvaluationRequest,
  FlakeOutline,
  LockedFlake,
  NixPool,
} from "@flurry/nix";

import type { Services } from "../../src/services.ts";

/** The system of a host in the fake store. */
export function systemOf(host: string): StorePath {
  return storePath(`/nix/store/9z8y7x6w5v4s3r2q1p0n9m8l7k6j5i4h-nixos-system-${host}`);
}

/** A flake that is in the store already. */
export function lockedFlake(ref: string, more: Partial<LockedFlake> = {}): LockedFlake {
  return {
    original: ref,
    lockedRef: "path:/nix/store/9z8y7x6w5v4s3r2q1p0n9m8l7k6j5i4h-source",
    storePath: storePath("/nix/store/9z8y7x6w5v4s3r2q1p0n9m8l7k6j5i4h-source"),
    narHash: "sha256-x",
    dirty: false,
    warnings: [],
    ...more,
  };
}

/** What goes wrong in the fake Nix, by host. */
export interface Trouble {
  readonly evaluation?: readonly string[];
  readonly build?: readonly string[];
}

/** What the fake Nix remembers and is asked. */
export interface Memory {
  /** Hosts whose evaluation is remembered. */
  readonly cached?: readonly string[];
  /** Takes the options of each evaluation. */
  readonly onEvaluate?: (options: EvaluateOptions) => void;
}

/** Services of a Nix that answers at once. */
export function fakeNix(
  outline: Partial<FlakeOutline> = {},
  trouble: Trouble = {},
  memory: Memory = {},
): Partial<Services> {
  return {
    lockFlake: async (ref) => lockedFlake(ref),
    describeFlake: async () => ({ nixosConfigurations: [], hasColmena: false, hasColmenaHive: false, ...outline }),
    openPool: ({ emit }) => fakePool(emit, trouble, memory),
    linkOutput: async () => {},
  };
}

function fakePool(emit: Emit, trouble: Trouble, memory: Memory): NixPool {
  async function* evaluate(
    flake: LockedFlake,
    requests: readonly EvaluationRequest[],
    options: EvaluateOptions = {},
  ): AsyncGenerator<Evaluation> {
    memory.onEvaluate?.(options);
    // The last host is done first, as may happen.
    for (const { host } of requests.toReversed()) {
      const cached = memory.cached?.includes(host) === true;
      const note = cached ? { note: "cached" } : {};
      emit({ kind: "stage-started", host, stage: "evaluate", ...note });
      const failed = trouble.evaluation?.includes(host) === true;
      const outcome = failed ? "failed" : "ok";
      emit({ kind: "stage-finished", host, stage: "evaluate", durationMs: 1, outcome, ...note });
      if (failed) {
        const error = new FlurryError("FLURRY_EVAL_FAILED", `${host} does not evaluate`);
        yield { host, status: "failed", error, cached: false, reasons: [], durationMs: 1 };
      } else {
        const outPath = systemOf(host);
        yield {
          host,
          status: "ok",
          // A host that reads the revision has another derivation at each.
          drvPath: drvPath(`${outPath}${flake.revision === undefined ? "" : `-at-${flake.revision}`}.drv`),
          outPath,
          system: "x86_64-linux",
          cached,
          verified: !cached,
          reasons: cached ? [] : [{ kind: "file", path: `hosts/${host}.nix` }],
          durationMs: cached ? 0 : 1234,
          ...(cached ? {} : { peakRssBytes: 5e8 }),
        };
      }
    }
  }
  const build = async (requests: readonly BuildRequest[]): Promise<readonly BuildResult[]> =>
    requests.map(({ host, outPath }) =>
      trouble.build?.includes(host) === true
        ? { host, status: "failed", error: new FlurryError("FLURRY_BUILD_FAILED", `${host} does not build`) }
        : { host, status: "built", outPath },
    );
  const pool: Pick<NixPool, "evaluate" | "build"> & AsyncDisposable = {
    evaluate,
    build,
    [Symbol.asyncDispose]: async () => {},
  };
  return pool as NixPool;
}
