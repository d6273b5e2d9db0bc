import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { atomicWrite, FlurryError, nearestName } from "@flurry/core";
import { diffLocks } from "@flurry/nix";
import type { HostChange, LockChange } from "@flurry/nix";

import { changeJson, renderChanges } from "../renderers/change-table.ts";
import { lockChangeJson, renderLockChanges } from "../renderers/inputs-table.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { compareHosts } from "../run/compare-hosts.ts";
import { exitCodeOfErrors } from "../run/exit-code-of-errors.ts";
import { git } from "../run/git.ts";
import { reportHostErrors } from "../run/report-host-errors.ts";
import type { CommandStart } from "../run/start-command.ts";
import { readLock } from "./lock-place.ts";
import type { LockPlace } from "./lock-place.ts";
import { scratchFlake } from "./scratch-flake.ts";
import { updateMessage } from "./update-message.ts";

/** What an update is to do. */
export interface UpdateRequest {
  /** The names of the inputs; none means all. */
  readonly inputs: readonly string[];
  readonly dryRun: boolean;
  readonly commit: boolean;
  /** Whether to write although hosts do not evaluate any more. */
  readonly anyway: boolean;
}

/** What an update came to. */
interface Outcome {
  readonly text: string;
  readonly changes: readonly LockChange[];
  readonly hosts: readonly HostChange[];
  /** True when the failures of hosts were told while they came. */
  readonly told: boolean;
}

/**
 * `flurry inputs update`: updates the lock file in a copy, evaluates every selected host before and after, shows what that
 * changes, and only then writes.
 *
 * @returns the exit code: that of hosts that do not evaluate any more, for which nothing is written
 * @throws FlurryError FLURRY_USAGE, FLURRY_FLAKE_INVALID, FLURRY_PROCESS_FAILED when git does not commit
 */
export async function updateInputs(place: LockPlace, start: CommandStart, request: UpdateRequest): Promise<number> {
  checkNames(place, request.inputs);
  const outcome = await tryUpdate(place, start, request.inputs);
  const { hosts, changes, told } = outcome;
  const { output } = start;
  const broken = hosts.flatMap((one) =>
    one.status === "failed" && one.before !== undefined ? [one.error.withHost(one.host).toJSON()] : [],
  );
  if (!told && !output.json) reportHostErrors(broken, output);
  const isWritten = changes.length > 0 && !request.dryRun && (broken.length === 0 || request.anyway);
  if (isWritten) await write(place, start, { outcome, commit: request.commit });
  const written = !isWritten ? "nothing" : request.commit ? "committed" : "file";
  if (output.json)
    output.stdout.write(
      jsonDocument("inputs", {
        action: "update",
        written,
        changes: changes.map(lockChangeJson),
        hosts: hosts.map(changeJson),
      }),
    );
  else output.stdout.write(summary(place, start, { outcome, written, isBroken: broken.length > 0 }));
  return isWritten ? 0 : exitCodeOfErrors(broken.map(({ code }) => code));
}

function checkNames({ lock }: LockPlace, inputs: readonly string[]): void {
  const known = [...(lock.nodes.get(lock.root)?.inputs.keys() ?? [])];
  for (const name of inputs) {
    if (known.includes(name)) continue;
    const nearest = nearestName(name, known);
    throw new FlurryError("FLURRY_USAGE", `the flake has no input "${name}"`, {
      hint: nearest === undefined ? `it has ${known.join(", ")}` : `did you mean "${nearest}"?`,
    });
  }
}

async function tryUpdate(place: LockPlace, start: CommandStart, inputs: readonly string[]): Promise<Outcome> {
  const { services, nix, interruption } = start;
  const { signal } = interruption;
  await using scratch = await scratchFlake(place.directory, { services, env: nix.env, signal });
  // Both states are taken from the copy, so that nothing but the inputs differs.
  const ref = scratch.directory;
  const before = await services.lockFlake(ref, nix, { signal });
  await services.updateLockFile(ref, inputs, nix, { signal });
  const text = await readFile(join(ref, "flake.lock"), "utf8");
  const changes = diffLocks(place.lock, readLock(text, place.displayName));
  if (changes.length === 0) return { text, changes, hosts: [], told: false };
  const after = await services.lockFlake(ref, nix, { signal });
  const { changes: hosts, told } = await compareHosts(start, { before, after }, "inputs");
  return { text, changes, hosts, told };
}

async function write(
  { path, directory, text, displayName }: LockPlace,
  { services, nix, interruption }: CommandStart,
  { outcome, commit }: { readonly outcome: Outcome; readonly commit: boolean },
): Promise<void> {
  if ((await readFile(path, "utf8")) !== text)
    throw new FlurryError("FLURRY_LOCKED", `${displayName} was changed meanwhile and is left as it is`, {
      hint: "run the update once more",
    });
  await atomicWrite(path, outcome.text);
  if (!commit) return;
  const parts = { services, env: nix.env, signal: interruption.signal };
  await git(directory, ["add", "--", path], parts);
  const message = updateMessage(outcome.changes, outcome.hosts);
  await git(directory, ["commit", "--quiet", "--message", message, "--", path], parts);
}

function summary(
  { displayName }: LockPlace,
  { output }: CommandStart,
  {
    outcome: { changes, hosts },
    written,
    isBroken,
  }: { readonly outcome: Outcome; readonly written: string; readonly isBroken: boolean },
): string {
  if (changes.length === 0) return "every input is as new as it can be\n";
  const view = { colors: output.colors, columns: output.stdout.columns() };
  const end = {
    committed: `${displayName} is written and committed\n`,
    file: `${displayName} is written\n`,
    nothing: isBroken
      ? `${displayName} is left as it is: hosts do not evaluate any more (--yes writes it all the same)\n`
      : `${displayName} is left as it is\n`,
  }[written];
  return `${renderLockChanges(changes, view)}\n${renderChanges(hosts, "the lock file of now", view)}${end ?? ""}`;
}
