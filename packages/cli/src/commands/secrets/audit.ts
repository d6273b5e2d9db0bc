import type { Issue } from "@flurry/core";
import { auditFiles, auditHistory, checkPolicy, exposureOf } from "@flurry/secrets";
import type { ExposedValue, GitOptions, Reader } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsFlags } from "../../command-line/secrets-flags.ts";
import { renderExposure } from "../../renderers/exposure.ts";
import { jsonDocument } from "../../renderers/json-document.ts";
import { count } from "../../renderers/measures.ts";
import { renderPolicyFindings, summaryOf } from "../../renderers/policy-findings.ts";
import { openPolicy, policyFiles, tellInterrupted } from "../../secrets/open-policy.ts";
import type { OpenPolicy } from "../../secrets/open-policy.ts";
import { rekeyKeys } from "../../secrets/rekey-keys.ts";
import { withSecrets } from "../../secrets/session.ts";
import type { SecretsSession } from "../../secrets/session.ts";

/** `flurry secrets audit`: the check, every file opened and verified, and what readers of old could see in git. */
export async function audit(this: CommandScope, flags: SecretsFlags, ...names: readonly string[]): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const { output, warn } = session;
    const open = await openPolicy(session);
    const interrupted = await tellInterrupted(open, session);
    const { policy } = open.loaded;
    const { name } = open;
    const limits = { env: session.context.env, signal: session.interruption.signal };
    const files = await policyFiles(open, names, session);
    const checked = checkPolicy(policy, files, { name, hosts: open.hosts });
    const { proven, closed, findings } = await auditFiles(files, await rekeyKeys(session), { ...limits, name });
    const history = names.length === 0 ? await auditHistory(policy, { ...limits, name }) : undefined;
    const all = distinct([...checked, ...findings, ...(history?.findings ?? [])]);
    const former = await formerReaders(history?.formerReaders ?? [], { open, limits });
    const failed = interrupted || all.some(({ severity }) => severity === "error");
    if (output.json) {
      const opened = { proven: proven.map(name), closed: closed.map(name) };
      const found = { ok: !failed, ...opened, findings: all, formerReaders: former };
      output.stdout.write(jsonDocument("secrets audit", found));
      return failed ? 1 : 0;
    }
    output.stdout.write(renderPolicyFindings(all, output.colors));
    const view = { colors: output.colors, columns: output.stdout.columns() };
    for (const one of former) output.stdout.write(renderExposure(one.name, one.exposure, view));
    const isWhole = names.length === 0;
    if (history === undefined && isWhole) warn("there is no git repository, so nothing is known of the past");
    tellOpened(closed.map(name), summaryOf(all, proven.length, "opened and verified"), session);
    return failed ? 1 : 0;
  });
}

function tellOpened(closed: readonly string[], summary: string, { output, warn }: SecretsSession): void {
  if (closed.length > 0)
    warn(`${count(closed.length, "file")} could not be opened with the keys at hand: ${closed.join(", ")}`);
  if (!output.quiet) output.stderr.write(summary);
}

async function formerReaders(
  readers: readonly Reader[],
  { open, limits }: { readonly open: OpenPolicy; readonly limits: GitOptions },
): Promise<readonly { readonly name: string; readonly exposure: readonly ExposedValue[] }[]> {
  const former: { name: string; exposure: readonly ExposedValue[] }[] = [];
  for (const reader of readers) {
    const exposure = (await exposureOf(open.loaded.policy.root, reader, limits)) ?? [];
    former.push({ name: reader.name, exposure: exposure.map((one) => ({ ...one, path: open.name(one.path) })) });
  }
  return former;
}

/** What the check says already is not said again. */
function distinct(issues: readonly Issue[]): readonly Issue[] {
  const keyOf = ({ code, message, place }: Issue): string => JSON.stringify([code, message, place?.file]);
  return [...new Map(issues.toReversed().map((issue) => [keyOf(issue), issue])).values()].toReversed();
}
