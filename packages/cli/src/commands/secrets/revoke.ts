import { applyReadersChange, exposureOf, namedReader, planRevoke } from "@flurry/secrets";
import type { ExposedValue } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsRevokeFlags } from "../../command-line/secrets-policy-flags.ts";
import { renderExposure } from "../../renderers/exposure.ts";
import { renderFileDiff } from "../../renderers/file-diff.ts";
import { count } from "../../renderers/measures.ts";
import { generatedWrites } from "../../secrets/fleet-writes.ts";
import { openPolicy, openPolicyToWrite } from "../../secrets/open-policy.ts";
import { agreed, progressOf, report, showPlan } from "../../secrets/rekey-command.ts";
import { rekeyKeys } from "../../secrets/rekey-keys.ts";
import { withSecrets } from "../../secrets/session.ts";
import type { SecretsSession } from "../../secrets/session.ts";

/** `flurry secrets revoke`: somebody is taken out, files get new data keys, and what they know is listed. */
export async function revoke(this: CommandScope, flags: SecretsRevokeFlags, name: string): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const open = await (flags.dryRun === true ? openPolicy(session) : openPolicyToWrite(session));
    const { policy } = open.loaded;
    const limits = { env: session.context.env, signal: session.interruption.signal };
    const reader = namedReader(policy, name);
    const planned = await planRevoke(open.loaded, name, limits);
    // Before anything changes: new data keys hide which values stayed.
    const exposure = await exposureOf(policy.root, reader, limits);
    const { change, plan } = planned;
    const also = generatedWrites(change, open, session);
    const files = plan.drifted.map((file) => ({ file, action: "rotate" as const }));
    const named = exposure?.map((one) => ({ ...one, path: open.name(one.path) }));
    const shown = {
      command: "secrets revoke",
      files,
      more: { name, policy: policy.source.file, exposure: named ?? null },
    };
    const at = { open, session };
    const { output } = session;
    if (!output.json && !output.quiet && change.text !== undefined) {
      const versions = { path: policy.source.file, before: change.oldText, after: change.text };
      output.stdout.write(`${renderFileDiff(versions, output.colors)}\n`);
    }
    await showPlan(shown, open, session);
    const question = `Take ${name} out of ${policy.source.file} and give ${count(files.length, "file")} a new data key?`;
    const goOn = flags.dryRun !== true && (await agreed(question, flags, session));
    const { interruption, now } = session;
    const options = { now: now(), signal: interruption.signal, also, onDone: progressOf(files.length, session) };
    const done = goOn ? await applyReadersChange(planned, await rekeyKeys(session), options) : undefined;
    tellExposure(name, named, session);
    return report(shown, done, at);
  });
}

function tellExposure(
  name: string,
  exposure: readonly ExposedValue[] | undefined,
  { output, warn }: SecretsSession,
): void {
  if (output.json) return;
  if (exposure === undefined) {
    warn(
      `there is no git repository, so what ${name} could read in the past is not known; change every value that they could`,
    );
    return;
  }
  output.stdout.write(renderExposure(name, exposure, { colors: output.colors, columns: output.stdout.columns() }));
}
