import { drvPath, FlurryError, storePath } from "@flurry/core";
import type { Emit, StorePath } from "@flurry/core";
import type {
  BuildRequest,
  BuildResult,
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

/** Services of a Nix that answers at once. */
export function fakeNix(outline: Partial<FlakeOutline> = {}, trouble: Trouble = {}): Partial<Services> {
  return {
    lockFlake: async (ref) => lockedFlake(ref),
    describeFlake: async () => ({ nixosConfigurations: [], hasColmena: false, hasColmenaHive: false, ...outline }),
    openPool: ({ emit }) => fakePool(emit, trouble),
    linkOutput: async () => {},
  };
}

function fakePool(emit: Emit, trouble: Trouble): NixPool {
  async function* evaluate(_: LockedFlake, requests: readonly EvaluationRequest[]): AsyncGenerator<Evaluation> {
    // The last host is done first, as may happen.
    for (const { host } of requests.toReversed()) {
      emit({ kind: "stage-started", host, stage: "evaluate" });
      const failed = trouble.evaluation?.includes(host) === true;
      const outcome = failed ? "failed" : "ok";
      emit({ kind: "stage-finished", host, stage: "evaluate", durationMs: 1, outcome });
      if (failed) {
        const error = new FlurryError("FLURRY_EVAL_FAILED", `${host} does not evaluate`);
        yield { host, status: "failed", error, durationMs: 1 };
      } else {
        const outPath = systemOf(host);
        yield {
          host,
          status: "ok",
          drvPath: drvPath(`${outPath}.drv`),
          outPath,
          system: "x86_64-linux",
          durationMs: 1,
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
