import { FlurryError } from "@flurry/core";
import * as z from "zod";

import { knownNixVersion } from "../process/capabilities.ts";
import { runNix } from "../process/nix-command.ts";
import type { NixContext } from "../process/nix-context.ts";
import { nixError } from "../process/nix-error.ts";
import { nixFromJson } from "../process/nix-string.ts";
import { flakeExpression } from "./flake-expression.ts";
import { withHive } from "./hive/hive-expression.ts";
import type { LockedFlake } from "./locked-flake.ts";
import type { DescribeFlakeOptions } from "./outline.ts";

/** The names of keys, by the name of their node. */
export type KeyNames = Readonly<Record<string, readonly string[]>>;

/** The texts of keys, by the names of their nodes and their own. */
export type KeyTexts = Readonly<Record<string, Readonly<Record<string, string>>>>;

const texts = z.record(z.string(), z.record(z.string(), z.string()));

const driver = `
wanted: outputs:
let
  hive = ((${withHive.trim()}) outputs).colmenaHive;
  keysOf = node: (hive.deploymentConfig or (builtins.mapAttrs (_: each: each.config.deployment) hive.nodes)).\${node}.keys;
  textOf = keys: name: { inherit name; value = keys.\${name}.text; };
in builtins.mapAttrs (node: names: builtins.listToAttrs (map (textOf (keysOf node)) names)) wanted
`;

/**
 * Reads the texts of keys of a Colmena hive (`deployment.keys.<name>.text`). They are secrets: they come over a pipe and
 * are kept nowhere, unlike what {@link describeFlake} tells.
 *
 * @throws FlurryError FLURRY_EVAL_FAILED, FLURRY_FLAKE_INVALID, FLURRY_NIX_NOT_FOUND, FLURRY_NIX_OUTPUT_INVALID,
 * FLURRY_TIMEOUT, FLURRY_ABORTED
 */
export async function readKeyTexts(
  flake: LockedFlake,
  names: KeyNames,
  { context, ...options }: DescribeFlakeOptions & { readonly context: NixContext },
): Promise<KeyTexts> {
  const what = `reading the texts of keys in ${flake.original}`;
  const version = await knownNixVersion(context, options);
  const expression = `(${driver.trim()}) (${nixFromJson(names)}) (${flakeExpression(flake, version)})`;
  const args = ["--json", "--no-eval-cache", "--expr", expression];
  const { timeoutMs = 300_000 } = options;
  const output = await runNix(context, { command: ["eval"], args, what, timeoutMs }, options);
  if (output.exitCode !== 0) throw nixError(output, { code: "FLURRY_EVAL_FAILED", what, source: flake });
  return parsed(output.stdout, what);
}

/** Nothing of what was printed may get into an error. */
function parsed(text: string, what: string): KeyTexts {
  try {
    return texts.parse(JSON.parse(text));
  } catch {
    throw new FlurryError("FLURRY_NIX_OUTPUT_INVALID", `nix printed something unexpected while ${what}`, {
      hint: "Each text has to be a text. Check that `nix` on your PATH is Nix itself: nix --version",
    });
  }
}
