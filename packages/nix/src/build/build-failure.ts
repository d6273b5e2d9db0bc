import { FlurryError, isStorePath, storePathName } from "@flurry/core";

import type { FailedDerivation } from "./build-log.ts";

/** Why a host's system could not be built, given the derivations of its own that failed (at least one). */
export function buildFailure(host: string, failures: readonly [FailedDerivation, ...FailedDerivation[]]): FlurryError {
  const [first, ...others] = failures;
  const more = others.length === 0 ? "" : ` (and ${others.map(({ drvPath }) => derivationName(drvPath)).join(", ")})`;
  return new FlurryError("FLURRY_BUILD_FAILED", `${derivationName(first.drvPath)} ${reason(first)}${more}`, {
    host,
    hint: hint(first),
    details: failures.map(details).join("\n\n"),
  });
}

function derivationName(drvPath: string): string {
  return isStorePath(drvPath) ? storePathName(drvPath).replace(/\.drv$/, "") : drvPath;
}

/** What nix says without repeating which derivation it says it of. */
function reason({ message }: FailedDerivation): string {
  const failed = /builder(?: for '[^']*')? (failed [^\n;]*)/.exec(message)?.[1];
  if (failed !== undefined) return failed.replace(/\.$/, "");
  const needed = /^\s*Required system: '([^']+)'(?: with features \{([^}]+)\})?/m.exec(message);
  if (needed !== null) return `cannot be built here: it needs ${needed.slice(1).filter(Boolean).join(" with ")}`;
  const newer = /^Reason: (.*)$/m.exec(message.replaceAll(/^\s+/gm, ""))?.[1];
  if (newer !== undefined) return `cannot be built: ${newer.replace(/\.$/, "")}`;
  if (/hash mismatch in fixed-output derivation/.test(message)) return mismatch(message);
  if (/is required to build|required (?:system|features)/i.test(message)) return `cannot be built here: ${message}`;
  return `cannot be built: ${message}`;
}

function mismatch(message: string): string {
  const specified = /specified:\s*(\S+)/.exec(message)?.[1];
  const got = /got:\s*(\S+)/.exec(message)?.[1];
  return specified === undefined || got === undefined
    ? "has another hash than the one given"
    : `has the hash ${got}, not ${specified}`;
}

function hint({ drvPath, message, lastLines }: FailedDerivation): string {
  if (/hash mismatch/.test(message))
    return "If the new content is right, put the hash that was got into the expression.";
  if (/is required to build|required (?:system|features)/i.test(message))
    return "Build on a machine of that system (nix.buildMachines, --builders) or let binfmt emulate it.";
  if (lastLines.some((line) => /No space left on device/.test(line)))
    return "Free some space: nix-collect-garbage, or df -h for what is full.";
  return `See the whole log: nix log ${drvPath}`;
}

function details({ drvPath, message, lastLines }: FailedDerivation): string {
  const head = `${drvPath}\n${message}`;
  return lastLines.length === 0 ? head : `${head}\nthe end of its log:\n${indent(lastLines)}`;
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join("\n");
}
