import { planOf, rekey as rekeyFiles } from "@flurry/secrets";
import type { RekeyPlan } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsRekeyFlags } from "../../command-line/secrets-policy-flags.ts";
import { count } from "../../renderers/measures.ts";
import { refuseOthers, tellUnreadable } from "../../secrets/named-files.ts";
import { openPolicy, openPolicyToWrite, policyFiles } from "../../secrets/open-policy.ts";
import { agreed, progressOf, report, showPlan } from "../../secrets/rekey-command.ts";
import type { ShownPlan } from "../../secrets/rekey-command.ts";
import { rekeyKeys } from "../../secrets/rekey-keys.ts";
import { withSecrets } from "../../secrets/session.ts";

/** `flurry secrets rekey`: brings the recipients of files to what the policy says; all files or none. */
export async function rekey(this: CommandScope, flags: SecretsRekeyFlags, ...names: readonly string[]): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const dryRun = flags.plan === true || flags.dryRun === true;
    const open = await (dryRun ? openPolicy(session) : openPolicyToWrite(session));
    const plan = planOf(open.loaded.policy, await policyFiles(open, names, session));
    refuseOthers(plan.files, names, open);
    tellUnreadable(plan.files, open, session);
    const shown = shownOf(plan, flags);
    const at = { open, session };
    if (shown.files.length === 0) {
      session.say(settled(plan));
      return session.output.json ? report(shown, undefined, at) : 0;
    }
    await showPlan(shown, open, session);
    if (dryRun || !(await agreed(`Key ${count(shown.files.length, "file")} anew?`, flags, session)))
      return report(shown, undefined, at);
    const { interruption, now } = session;
    const options = {
      now: now(),
      signal: interruption.signal,
      onDone: progressOf(shown.files.length, session),
      removed: flags.keepDataKey === true ? ("rewrap" as const) : ("rotate" as const),
      unknown: flags.unknown === true ? ("rekey" as const) : ("keep" as const),
    };
    return report(shown, await rekeyFiles(plan, await rekeyKeys(session), options), at);
  });
}

function settled({ files, unknown }: RekeyPlan): string {
  const current = count(files.filter(({ drift }) => drift?.status === "current").length, "file");
  if (unknown.length === 0) return `${current}, all keyed as the policy says`;
  return `${current} keyed as the policy says; of ${count(unknown.length, "age file")} nobody can tell, and --unknown keys them anew`;
}

function shownOf({ drifted, unknown }: RekeyPlan, flags: SecretsRekeyFlags): ShownPlan {
  const files = [...drifted, ...(flags.unknown === true ? unknown : [])];
  return {
    command: "secrets rekey",
    files: files.map((file) => ({
      file,
      action: (file.drift?.extra.length ?? 0) > 0 && flags.keepDataKey !== true ? "rotate" : "recipients",
    })),
  };
}
