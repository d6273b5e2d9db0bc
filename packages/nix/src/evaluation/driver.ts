import { createHash } from "node:crypto";

import { drvPath, storePath } from "@flurry/core";
import type { DrvPath, StorePath } from "@flurry/core";
import * as z from "zod";

import { flakeExpression } from "../flake/flake-expression.ts";
import { withHive } from "../flake/hive/hive-expression.ts";
import type { LockedFlake } from "../flake/locked-flake.ts";
import { sourceInfo } from "../flake/source-info.ts";
import type { SourceInfo } from "../flake/source-info.ts";
import type { NixVersion } from "../process/capabilities.ts";
import { parseNixJson } from "../process/json-output.ts";
import { nixFromJson } from "../process/nix-string.ts";
import { anySecrets, declaredSecrets, secretsDriver } from "./declared-secrets.ts";
import type { DeclaredSecrets } from "./declared-secrets.ts";
import type { EvaluationRequest } from "./evaluation.ts";
import { waysBack } from "./lock-closure.ts";
import { markPrefix } from "./mark.ts";

/**
 * Finds a derivation in a flake and tells on the way which inputs and which facts about the source were asked for.
 *
 * The outputs are called once more as call-flake.nix calls them, with a `self` and inputs that print a mark when they are
 * first looked at; the derivation is the one that nix itself finds. `info` is what `self.sourceInfo` is for the reference
 * the user gave: that of the copy in the store lacks what only git knows. A fact in `poisoned` must not be asked for.
 * Inputs that lead back to the flake (`waysBack`) are called once more too, so that it is the same `self` there.
 * Where there is a hive of Colmena that the flake did not prepare, its nodes are found under `colmenaHive.nodes` all the same.
 *
 * A missing attribute is an answer and no error, so that it can name what there is. The output is not called outPath
 * here: nix prints a set that has one as that path alone. `pure` is false when the evaluation may look outside.
 */
const driver = `
flake: { attrPath, derivationPath, subdirectory, info, poisoned, waysBack }:
let
  mark = kind: name: builtins.trace (${JSON.stringify(markPrefix)} + builtins.toJSON [ kind name ]);
  known = builtins.mapAttrs (mark "self") info;
  unknown = builtins.listToAttrs (map (name: {
    inherit name;
    value = mark "self" name (throw "self.\${name} is unknown here");
  }) poisoned);
  sourceInfo = known // unknown // { outPath = mark "self" "outPath" flake.sourceInfo.outPath; };
  typed = value: if value ? _type then { inherit (value) _type; } else { };
  inputs = builtins.mapAttrs (name: value: mark "input" name (told waysBack name value)) flake.inputs;
  told = ways: name: value: if ways ? \${name} then along ways.\${name} value else value;
  along = way: input:
    if way == "flake" then self
    else
      let
        inputs = builtins.mapAttrs (told way.inputs) input.inputs;
        directory = input.sourceInfo.outPath + way.directory;
        outputs = (import (directory + "/flake.nix")).outputs (inputs // { self = result; });
        result = outputs // input.sourceInfo // { inherit inputs outputs; inherit (input) outPath sourceInfo; } // typed input;
      in result;
  directory = flake.sourceInfo.outPath + (if subdirectory == "" then "" else "/" + subdirectory);
  outputs = (import (directory + "/flake.nix")).outputs (inputs // { inherit self; });
  self = mark "names" "" (
    outputs // sourceInfo // { inherit inputs outputs sourceInfo; }
    // { outPath = mark "self" "outPath" flake.outPath; } // typed flake
  );
  walk = seen: path: value:
    if path == [ ] then { inherit value; }
    else
      let name = builtins.head path; in
      if !(builtins.isAttrs value) then { missing = { inherit name seen; names = [ ]; }; }
      else if !(builtins.hasAttr name value) then { missing = { inherit name seen; names = builtins.attrNames value; }; }
      else walk (seen ++ [ name ]) (builtins.tail path) (builtins.getAttr name value);
  withHive = ${withHive.trim()};
  all = withHive outputs;
  found = walk [ ] (attrPath ++ derivationPath) all;
  host = (walk [ ] attrPath all).value or { };
  secretsOf = ${secretsDriver.trim()};
in
  if found ? missing then { inherit (found) missing; }
  else if !(found.value ? drvPath) then { missing = { name = "drvPath"; seen = attrPath ++ derivationPath; names = [ ]; }; }
  else {
    pure = !(builtins ? currentTime);
    derivation = { inherit (found.value) drvPath system; output = found.value.outPath; };
    secrets = secretsOf flake.sourceInfo.outPath (host.config or { });
  }
`;

/** Changes whenever answers of earlier drivers may not be compared with those of this one. */
export const driverFingerprint: string = createHash("sha256").update(driver).digest("hex");

/** How to ask; see {@link driverExpression}. */
export interface DriverOptions {
  readonly version: NixVersion;
  /** The info of the source, where it is not the flake's own. */
  readonly info?: SourceInfo;
  /** Names that the source info has, and that end the evaluation when they are asked for. */
  readonly poisoned?: readonly string[];
}

/** The expression that evaluates one host. */
export function driverExpression(flake: LockedFlake, request: EvaluationRequest, options: DriverOptions): string {
  const { attrPath, derivationPath = defaultDerivationPath } = request;
  const { version, info = sourceInfo(flake), poisoned = [] } = options;
  const { subdirectory = "" } = flake;
  const question = { attrPath, derivationPath, subdirectory, info, poisoned, waysBack: waysBack(flake) };
  return `(${driver.trim()}) (${flakeExpression(flake, version)}) (${nixFromJson(question)})`;
}

/** Where a NixOS configuration has its system. */
export const defaultDerivationPath: readonly string[] = ["config", "system", "build", "toplevel"];

const answer = z.union([
  z.object({
    pure: z.boolean(),
    derivation: z.object({ drvPath: z.string(), output: z.string(), system: z.string() }),
    secrets: declaredSecrets,
  }),
  z.object({ missing: z.object({ name: z.string(), seen: z.array(z.string()), names: z.array(z.string()) }) }),
]);

/** What the driver found. */
export type DriverAnswer =
  | {
      readonly kind: "derivation";
      readonly drvPath: DrvPath;
      readonly outPath: StorePath;
      readonly system: string;
      /** False when the evaluation could look outside of the flake: its answer may be another one tomorrow. */
      readonly pure: boolean;
      readonly secrets: DeclaredSecrets | undefined;
    }
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
  const { derivation, pure, secrets } = data;
  return {
    kind: "derivation",
    drvPath: drvPath(derivation.drvPath),
    outPath: storePath(derivation.output),
    system: derivation.system,
    pure,
    secrets: anySecrets(secrets),
  };
}
