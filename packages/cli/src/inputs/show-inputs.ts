import { auditLock, diffLocks, lockGraph } from "@flurry/nix";
import type { LockFinding } from "@flurry/nix";

import type { CheckFinding } from "../check/finding.ts";
import type { Output } from "../output.ts";
import { countFindings, renderCheckFindings } from "../renderers/check-findings.ts";
import { inputJson, lockChangeJson, renderInputs, renderLockChanges } from "../renderers/inputs-table.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { count } from "../renderers/measures.ts";
import type { LockPlace } from "./lock-place.ts";

/** `flurry inputs ls`: what is pinned, how old it is, and who uses it. */
export function listInputs({ lock, displayName }: LockPlace, output: Output, nowMs: number): number {
  const { reached } = lockGraph(lock);
  if (output.json) {
    const inputs = reached.map((input) => inputJson(input, nowMs));
    output.stdout.write(jsonDocument("inputs", { action: "ls", version: lock.version, inputs }));
    return 0;
  }
  const view = { colors: output.colors, columns: output.stdout.columns() };
  const own = reached.filter(({ path }) => path.length === 1).length;
  output.stdout.write(reached.length === 0 ? "" : renderInputs(reached, nowMs, view));
  output.stdout.write(`${count(own, "input")}, and ${reached.length - own} through them, in ${displayName}\n`);
  return 0;
}

/**
 * `flurry inputs audit`: what is wrong with them, or worth knowing.
 *
 * @returns 1 when there are errors
 */
export function auditInputs({ lock, displayName }: LockPlace, output: Output, nowMs: number): number {
  const findings = auditLock(lock, { nowMs }).map((finding) => lockCheckFinding(finding, displayName));
  output.stdout.write(
    output.json
      ? jsonDocument("inputs", { action: "audit", findings })
      : `${renderCheckFindings(findings, output.colors)}${displayName}: ${countFindings(findings)}\n`,
  );
  return findings.some(({ severity }) => severity === "error") ? 1 : 0;
}

/** A finding about a lock file, as all checks tell theirs. */
export function lockCheckFinding(finding: LockFinding, file: string): CheckFinding {
  const { rule, severity, message, hint, line, column } = finding;
  return { rule, severity, message, ...(hint === undefined ? {} : { hint }), file, line, column };
}

/** `flurry inputs diff`: what differs between two states of the lock file. */
export function showLockDiff(
  { before, after }: { readonly before: LockPlace["lock"]; readonly after: LockPlace["lock"] },
  output: Output,
): number {
  const changes = diffLocks(before, after);
  if (output.json) {
    output.stdout.write(jsonDocument("inputs", { action: "diff", changes: changes.map(lockChangeJson) }));
    return 0;
  }
  const view = { colors: output.colors, columns: output.stdout.columns() };
  output.stdout.write(changes.length === 0 ? "no input differs\n" : renderLockChanges(changes, view));
  return 0;
}
