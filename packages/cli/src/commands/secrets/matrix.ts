import { accessMatrix } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsMatrixFlags } from "../../command-line/secrets-policy-flags.ts";
import { matrixCsv, renderMatrix } from "../../renderers/access-matrix.ts";
import { jsonDocument } from "../../renderers/json-document.ts";
import { refuseAbsent } from "../../secrets/named-files.ts";
import { openPolicy, policyFiles, tellInterrupted } from "../../secrets/open-policy.ts";
import { withSecrets } from "../../secrets/session.ts";

/** `flurry secrets matrix`: who reads what, by the policy and by the files. No key is needed. */
export async function matrix(
  this: CommandScope,
  flags: SecretsMatrixFlags,
  ...names: readonly string[]
): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const { output } = session;
    const policy = await openPolicy(session);
    await tellInterrupted(policy, session);
    const files = await policyFiles(policy, names, session);
    refuseAbsent(files, names, policy);
    const found = accessMatrix(policy.loaded.policy, files);
    const shown = { ...found, rows: found.rows.map((row) => ({ ...row, path: policy.name(row.path) })) };
    if (output.json) {
      const { source } = policy.loaded.policy;
      output.stdout.write(
        jsonDocument("secrets matrix", { policy: { kind: source.kind, file: source.file }, ...shown }),
      );
    } else if (flags.csv === true) output.stdout.write(matrixCsv(shown));
    else output.stdout.write(renderMatrix(shown, { colors: output.colors, columns: output.stdout.columns() }));
    return 0;
  });
}
