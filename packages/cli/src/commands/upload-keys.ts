import { FlurryError } from "@flurry/core";
import type { FlurryErrorJson } from "@flurry/core";
import type { UploadKeysResult } from "@flurry/deploy";
import type { Host } from "@flurry/schema";

import type { UploadKeysFlags } from "../command-line/key-flags.ts";
import type { CommandScope } from "../command-line/scope.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { renderKeys } from "../renderers/keys-table.ts";
import { askSudoPasswords } from "../run/ask-sudo-password.ts";
import { emitStart, openEngine } from "../run/engine.ts";
import { exitCodeOfErrors } from "../run/exit-code-of-errors.ts";
import { guarded } from "../run/guard.ts";
import { reportHostErrors } from "../run/report-host-errors.ts";
import { startCommand } from "../run/start-command.ts";
import type { CommandStart } from "../run/start-command.ts";

/** `flurry upload-keys`: brings hosts their keys without an activation. */
export async function uploadKeys(
  this: CommandScope,
  flags: UploadKeysFlags,
  ...words: readonly string[]
): Promise<void> {
  await guarded(this, flags, async (interruption) => {
    const all = await startCommand({ context: this.cli, flags, words, interruption });
    const start = { ...all, hosts: withKeys(all.hosts) };
    const { output } = start;
    const results = await upload(start, flags);
    const errors = results.flatMap(({ host, error }): readonly FlurryErrorJson[] =>
      error === undefined ? [] : [{ ...error, host }],
    );
    if (!output.json) reportHostErrors(errors, output);
    const isDryRun = flags.dryRun === true;
    const view = { colors: output.colors, columns: output.stdout.columns(), isDryRun };
    output.stdout.write(
      output.json ? jsonDocument("upload-keys", { dryRun: isDryRun, hosts: results }) : renderKeys(results, view),
    );
    return exitCodeOfErrors(errors.map((error) => error.code));
  });
}

/** Hosts without keys have nothing to be asked. */
function withKeys(hosts: readonly Host[]): readonly Host[] {
  const found = hosts.filter(({ keys = [] }) => keys.length > 0);
  if (found.length > 0) return found;
  const which = hosts.length === 1 ? `${hosts[0]?.name ?? "the host"} has` : "none of these hosts has";
  throw new FlurryError("FLURRY_NOTHING_SELECTED", `${which} ${hosts.length === 1 ? "no keys" : "keys"}`, {
    hint: "keys are what a hive says in deployment.keys",
  });
}

async function upload(
  start: CommandStart,
  { dryRun, parallel }: UploadKeysFlags,
): Promise<readonly UploadKeysResult[]> {
  const { hosts, services, loaded } = start;
  await askSudoPasswords(start);
  await using engine = await openEngine(start);
  emitStart(start, engine.emit, "upload-keys");
  const request = {
    hosts,
    flake: loaded.lock,
    directory: loaded.directory,
    parallel: parallel ?? loaded.fleet.rollout.parallel.activate,
    isDryRun: dryRun === true,
  };
  return await services.uploadFleetKeys(request, engine.context);
}
