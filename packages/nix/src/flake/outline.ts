import * as z from "zod";

import { knownNixVersion } from "../process/capabilities.ts";
import { parseNixJson } from "../process/json-output.ts";
import { runNix } from "../process/nix-command.ts";
import type { NixContext } from "../process/nix-context.ts";
import { nixError } from "../process/nix-error.ts";
import { flakeExpression } from "./flake-expression.ts";
import type { LockedFlake } from "./locked-flake.ts";
import { outlinePlace, readOutline, writeOutline } from "./outline-cache.ts";
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
   * text. Missing when there is none, and, unless it is wanted, when there is a `deploy`.
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
  /**
   * Ask for the hive also where there is a `deploy`.
   *
   * @default false
   */
  readonly wantsHive?: boolean;
}

const outline = z.object({
  pure: z.boolean(),
  nixosConfigurations: z.array(z.string()),
  deploy: z.unknown().optional(),
  hive: z.unknown().optional(),
  hasColmena: z.boolean(),
  hasColmenaHive: z.boolean(),
});

/**
 * Asks a flake which hosts it has. One evaluation that forces no system: it takes tenths of a second, and for a hive what
 * the modules of its nodes take. The answer is remembered until the flake changes.
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
  const version = await knownNixVersion(context, options);
  const expression = `(${outlineDriver.trim()}) ${String(options.wantsHive === true)} (${flakeExpression(flake, version)})`;
  const place = outlinePlace(flake, context, { text: version.text, expression });
  const remembered = place === undefined ? undefined : parsed(await readOutline(place), what);
  if (remembered !== undefined) return remembered.outline;
  const text = await ask(flake, context, { ...options, what, expression });
  const { outline: asked, isPure } = parseOutline(text, what);
  if (place !== undefined && isPure) await writeOutline(place, text);
  return asked;
}

async function ask(
  flake: LockedFlake,
  context: NixContext,
  { what, expression, ...options }: DescribeFlakeOptions & { readonly what: string; readonly expression: string },
): Promise<string> {
  const args = ["--json", "--show-trace", "--no-eval-cache", "--expr", expression];
  const { timeoutMs = 300_000 } = options;
  const output = await runNix(context, { command: ["eval"], args, what, timeoutMs }, options);
  if (output.exitCode !== 0) throw nixError(output, { code: "FLURRY_EVAL_FAILED", what, source: flake });
  return output.stdout;
}

interface ParsedOutline {
  readonly outline: FlakeOutline;
  /** False when the evaluation could look outside of the flake. */
  readonly isPure: boolean;
}

/** What was remembered, unless someone wrote something else into it. */
function parsed(text: string | undefined, what: string): ParsedOutline | undefined {
  if (text === undefined) return undefined;
  try {
    return parseOutline(text, what);
  } catch {
    return undefined;
  }
}

function parseOutline(text: string, what: string): ParsedOutline {
  const { deploy, hive, pure, ...rest } = parseNixJson(outline, text, what);
  const more = { ...(deploy === undefined ? {} : { deploy }), ...(hive === undefined ? {} : { hive }) };
  return { outline: { ...rest, ...more }, isPure: pure };
}
