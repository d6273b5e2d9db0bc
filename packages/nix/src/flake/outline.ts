import * as z from "zod";

import { knownNixVersion } from "../process/capabilities.ts";
import { parseNixJson } from "../process/json-output.ts";
import { runNix } from "../process/nix-command.ts";
import type { NixContext } from "../process/nix-context.ts";
import { nixError } from "../process/nix-error.ts";
import { flakeExpression } from "./flake-expression.ts";
import type { LockedFlake } from "./locked-flake.ts";
import { outlineDriver } from "./outline-driver.ts";

/** What a flake says of its hosts without evaluating any of their systems. */
export interface FlakeOutline {
  /** The names of `nixosConfigurations`, sorted. */
  readonly nixosConfigurations: readonly string[];
  /**
   * The `deploy` output of deploy-rs as plain data, without the profiles' `path` (which would evaluate the systems),
   * functions and derivations; missing when there is none.
   */
  readonly deploy?: unknown;
  /**
   * The `meta` and `deployment` of a Colmena hive (`colmenaHive`, or `colmena` as it stands) as plain data:
   * `{ meta, nodes: { <name>: deployment } }`. A key has its `source` (`text`, `keyFile`, `keyCommand` or null) in place of its
   * text. Missing when there is none, and when there is a `deploy`.
   */
  readonly hive?: unknown;
  /** True when the flake has the output `colmena`. */
  readonly hasColmena: boolean;
  /** True when the flake has the output `colmenaHive`. */
  readonly hasColmenaHive: boolean;
}

/** How to describe a flake; see {@link describeFlake}. */
export interface DescribeFlakeOptions {
  readonly signal?: AbortSignal;
  /**
   * Milliseconds for the evaluation.
   *
   * @default 300000
   */
  readonly timeoutMs?: number;
}

const outline = z.object({
  nixosConfigurations: z.array(z.string()),
  deploy: z.unknown().optional(),
  hive: z.unknown().optional(),
  hasColmena: z.boolean(),
  hasColmenaHive: z.boolean(),
});

/**
 * Asks a flake which hosts it has. One evaluation that forces no system: it takes tenths of a second, and for a hive what
 * the modules of its nodes take.
 *
 * @throws FlurryError FLURRY_EVAL_FAILED when the flake's outputs do not evaluate; FLURRY_FLAKE_INVALID,
 * FLURRY_NIX_NOT_FOUND, FLURRY_NIX_OUTPUT_INVALID, FLURRY_TIMEOUT, FLURRY_ABORTED
 */
export async function describeFlake(
  flake: LockedFlake,
  context: NixContext,
  options: DescribeFlakeOptions = {},
): Promise<FlakeOutline> {
  const what = `reading the outputs of ${flake.original}`;
  const version = flake.subdirectory === undefined ? undefined : await knownNixVersion(context, options);
  const expression = `(${outlineDriver.trim()}) (${flakeExpression(flake, version)})`;
  const args = ["--json", "--show-trace", "--no-eval-cache", "--expr", expression];
  const { timeoutMs = 300_000 } = options;
  const output = await runNix(context, { command: ["eval"], args, what, timeoutMs }, options);
  if (output.exitCode !== 0) throw nixError(output, { code: "FLURRY_EVAL_FAILED", what, source: flake });
  const { deploy, hive, ...rest } = parseNixJson(outline, output.stdout, what);
  return { ...rest, ...(deploy === undefined ? {} : { deploy }), ...(hive === undefined ? {} : { hive }) };
}
