import { FlurryError } from "@flurry/core";
import { changeValues, parsePath, valueAt } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsUnsetFlags } from "../../command-line/secrets-flags.ts";
import { saveFile } from "../../secrets/save-file.ts";
import { openSecretFile, readSecretFile } from "../../secrets/secret-file.ts";
import { withSecrets } from "../../secrets/session.ts";

/** `flurry secrets unset`: takes one value, or all below a path, out of a file. */
export async function unset(this: CommandScope, flags: SecretsUnsetFlags, name: string, path: string): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const steps = parsePath(path);
    const secret = await readSecretFile({ name, format: flags.inputType }, session);
    const opened = await openSecretFile(secret, session);
    if (opened.kind === "age")
      throw new FlurryError("FLURRY_SOPS_PATH_INVALID", `${name} is an age file: it is one value and has no paths`);
    const isGone = flags.idempotent === true && valueAt(opened.unlocked, steps) === undefined;
    const changes = isGone ? [] : [{ kind: "unset", path: steps } as const];
    const after = changeValues(opened.unlocked, changes, { now: session.now() });
    const what = `${path} taken out`;
    return await saveFile(
      { command: "secrets unset", name, before: secret.bytes, after, what, dryRun: flags.dryRun },
      session,
    );
  });
}
