import { access } from "node:fs/promises";
import { join } from "node:path";

import { FlurryError, nearestName } from "@flurry/core";

import type { LockedFlake } from "../flake/locked-flake.ts";
import { pathsInside } from "../flake/source-map.ts";
import { errorText } from "../process/error-text.ts";
import type { NixOutput } from "../process/nix-command.ts";
import { nixError } from "../process/nix-error.ts";
import type { DriverAnswer } from "./driver.ts";
import type { EvaluationRequest } from "./evaluation.ts";

/** A host that the flake does not have, or that is no NixOS system. */
export function missingAttribute(
  { name, seen, names }: Extract<DriverAnswer, { kind: "missing" }>,
  { host, attrPath }: EvaluationRequest,
): FlurryError {
  const where = seen.length === 0 ? "the flake" : seen.join(".");
  const isHost = seen.length < attrPath.length;
  const nearest = nearestName(name, names);
  return new FlurryError("FLURRY_EVAL_MISSING_HOST", `${where} has no attribute ${JSON.stringify(name)}`, {
    host,
    hint:
      nearest === undefined
        ? isHost
          ? there(names)
          : "What stands there must be a NixOS system: lib.nixosSystem { … }"
        : `Did you mean ${JSON.stringify(nearest)}?`,
  });
}

function there(names: readonly string[]): string {
  if (names.length === 0) return "There is nothing of that kind in the flake.";
  return `There is: ${names.slice(0, 20).join(", ")}${names.length > 20 ? ", …" : ""}`;
}

/** A host whose evaluation ended with an error. */
export async function evaluationFailure(
  output: NixOutput,
  flake: LockedFlake,
  { host }: EvaluationRequest,
): Promise<FlurryError> {
  const error = nixError(output, { code: "FLURRY_EVAL_FAILED", what: `evaluating ${host}`, host, source: flake });
  const untracked = await untrackedFile(errorText(output)?.message ?? "", flake);
  if (untracked === undefined) return error;
  return FlurryError.fromJSON({
    ...error.toJSON(),
    hint: `${untracked} is there, but git does not know of it, and so Nix does not see it: git add -N ${untracked}`,
  });
}

/** A file that the message misses in the store's copy, while the directory it was copied from has it. */
async function untrackedFile(message: string, flake: LockedFlake): Promise<string | undefined> {
  if (flake.directory === undefined || !/No such file|does not exist|not tracked/i.test(message)) return undefined;
  for (const path of pathsInside(flake, message))
    if (!(await exists(join(flake.storePath, path))) && (await exists(join(flake.directory, path)))) return path;
  return undefined;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
