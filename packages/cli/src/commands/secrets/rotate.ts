import { planOf, rotate as rotateFiles } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsRotateFlags } from "../../command-line/secrets-policy-flags.ts";
import { count } from "../../renderers/measures.ts";
import { refuseOthers, tellUnreadable } from "../../secrets/named-files.ts";
import { openPolicy, openPolicyToWrite, policyFiles } from "../../secrets/open-policy.ts";
import { agreed, progressOf, report, showPlan } from "../../secrets/rekey-command.ts";
import { rekeyKeys } from "../../secrets/rekey-keys.ts";
import { withSecrets } from "../../secrets/session.ts";

/** `flurry secrets rotate`: new data keys, every value sealed anew, for the readers that the policy says. */
export async function rotate(
  this: CommandScope,
  flags: SecretsRotateFlags,
  ...names: readonly string[]
): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const open = await (flags.dryRun === true ? openPolicy(session) : openPolicyToWrite(session));
    const plan = planOf(open.loaded.policy, await policyFiles(open, names, session));
    refuseOthers(plan.files, names, open);
    tellUnreadable(plan.files, open, session);
    const files = plan.files
      .filter(({ file }) => file.kind === "sops" || file.kind === "age")
      .map((file) => ({ file, action: "rotate" as const }));
    const shown = { command: "secrets rotate", files };
    const at = { open, session };
    await showPlan(shown, open, session);
    const question = `Give ${count(files.length, "file")} a new data key?`;
    if (flags.dryRun === true || !(await agreed(question, flags, session))) return report(shown, undefined, at);
    const { interruption, now } = session;
    const options = { now: now(), signal: interruption.signal, onDone: progressOf(files.length, session) };
    return report(shown, await rotateFiles(plan, await rekeyKeys(session), options), at);
  });
}
