import { drvPath, storePath } from "@flurry/core";
import type { DrvPath, StorePath } from "@flurry/core";
import * as z from "zod";

import { flakeExpression } from "../flake/flake-expression.ts";
import type { LockedFlake } from "../flake/locked-flake.ts";
import { parseNixJson } from "../process/json-output.ts";
import { nixFromJson } from "../process/nix-string.ts";
import type { EvaluationRequest } from "./evaluation.ts";

/**
 * Finds a derivation in a flake. A missing attribute is an answer and no error, so that it can name what there is.
 * The output is not called outPath here: nix prints a set that has one as that path alone.
 * Everything a deployment has to know of a host comes out of this one evaluation.
 */
const driver = `
flake: { attrPath, derivationPath }:
let
  walk = seen: path: value:
    if path == [ ] then { inherit value; }
    else
      let name = builtins.head path; in
      if !(builtins.isAttrs value) then { missing = { inherit name seen; names = [ ]; }; }
      else if !(builtins.hasAttr name value) then { missing = { inherit name seen; names = builtins.attrNames value; }; }
      else walk (seen ++ [ name ]) (builtins.tail path) (builtins.getAttr name value);
  found = walk [ ] (attrPath ++ derivationPath) flake;
in
  if found ? missing then { inherit (found) missing; }
  else if !(found.value ? drvPath) then { missing = { name = "drvPath"; seen = attrPath ++ derivationPath; names = [ ]; }; }
  else { derivation = { inherit (found.value) drvPath system; output = found.value.outPath; }; }
`;

/** The expression that evaluates one host. */
export function driverExpression(flake: LockedFlake, request: EvaluationRequest): string {
  const { attrPath, derivationPath = ["config", "system", "build", "toplevel"] } = request;
  return `(${driver.trim()}) (${flakeExpression(flake)}) (${nixFromJson({ attrPath, derivationPath })})`;
}

const answer = z.union([
  z.object({ derivation: z.object({ drvPath: z.string(), output: z.string(), system: z.string() }) }),
  z.object({ missing: z.object({ name: z.string(), seen: z.array(z.string()), names: z.array(z.string()) }) }),
]);

/** What the driver found. */
export type DriverAnswer =
  | { readonly kind: "derivation"; readonly drvPath: DrvPath; readonly outPath: StorePath; readonly system: string }
  /** `names` are what stands beside the missing `name`, `seen` is where. */
  | {
      readonly kind: "missing";
      readonly name: string;
      readonly seen: readonly string[];
      readonly names: readonly string[];
    };

/**
 * Reads what the driver printed.
 *
 * @throws FlurryError FLURRY_NIX_OUTPUT_INVALID, FLURRY_STORE_PATH_INVALID
 */
export function parseDriverAnswer(text: string, what: string): DriverAnswer {
  const data = parseNixJson(answer, text, what);
  if ("missing" in data) return { kind: "missing", ...data.missing };
  const { derivation } = data;
  return {
    kind: "derivation",
    drvPath: drvPath(derivation.drvPath),
    outPath: storePath(derivation.output),
    system: derivation.system,
  };
}
