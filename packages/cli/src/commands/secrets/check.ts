import { checkPolicy } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsCheckFlags } from "../../command-line/secrets-policy-flags.ts";
import { jsonDocument } from "../../renderers/json-document.ts";
import { renderPolicyFindings, summaryOf } from "../../renderers/policy-findings.ts";
import { openPolicy, policyFiles, tellInterrupted } from "../../secrets/open-policy.ts";
import { withSecrets } from "../../secrets/session.ts";

/** `flurry secrets check`: the policy against its files, for CI and pre-commit hooks. No key is needed. */
export async function check(this: CommandScope, flags: SecretsCheckFlags, ...names: readonly string[]): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const { output } = session;
    const policy = await openPolicy(session);
    const interrupted = await tellInterrupted(policy, session);
    const files = await policyFiles(policy, names, session);
    const all = checkPolicy(policy.loaded.policy, files, { name: policy.name, hosts: policy.hosts });
    // Who asks about some files, as a commit hook does, hears of them and of the policy as such.
    const partial = new Set(["rule-without-files", "rule-shadowed"]);
    const findings = names.length === 0 ? all : all.filter(({ code }) => !partial.has(code));
    const failed = interrupted || findings.some(({ severity }) => severity === "error" || flags.strict === true);
    const encrypted = files.filter(({ file }) => file.kind === "sops" || file.kind === "age").length;
    if (output.json) output.stdout.write(jsonDocument("secrets check", { ok: !failed, files: encrypted, findings }));
    else {
      output.stdout.write(renderPolicyFindings(findings, output.colors));
      if (!output.quiet) output.stderr.write(summaryOf(findings, encrypted));
    }
    return failed ? 1 : 0;
  });
}
