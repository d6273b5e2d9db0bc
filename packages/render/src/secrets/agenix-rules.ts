import type { Issue } from "@flurry/core";
import { isSecretsPattern } from "@flurry/schema";
import type { SecretsFile, SecretsPolicy } from "@flurry/schema";

import { attrSet, bind, letIn, list, operator, ref } from "../nix/builders.ts";
import { printNix } from "../nix/print.ts";
import type { NixExpression } from "../nix/syntax.ts";
import type { HostRecipients } from "./recipients.ts";

/**
 * The text of agenix' `secrets.nix`: keys by name, then who may read each file. Paths are relative to the repository,
 * where `agenix` is to be run.
 *
 * @see https://github.com/ryantm/agenix#tutorial
 */
export function agenixRulesText(policy: SecretsPolicy, recipients: HostRecipients): string {
  const files = policy.files.filter(({ path }) => !isSecretsPattern(path));
  return printNix(
    letIn(
      [
        bind("admins", attrSet(policy.admins.map(({ name, keys }) => bind(name, list(keys))))),
        bind("hosts", attrSet([...recipients].map(([name, keys]) => bind(name, list(keys))))),
      ],
      attrSet(
        files.map((file) => bind([file.path, "publicKeys"], readersOf(file))),
        { expanded: true },
      ),
    ),
  );
}

function readersOf(file: SecretsFile): NixExpression {
  const readers: readonly NixExpression[] = [
    ...file.admins.map((name) => ref("admins", name)),
    ...file.hosts.map((name) => ref("hosts", name)),
  ];
  const [last, ...others] = readers.toReversed();
  return last === undefined ? list([]) : others.reduce((rest, reader) => operator("++", reader, rest), last);
}

/** What agenix' rules cannot say. */
export function agenixIssues(policy: SecretsPolicy): readonly Issue[] {
  const patterns = policy.files.filter(({ path }) => isSecretsPattern(path));
  const pgp = policy.admins.filter(({ keys }) => keys.some((key) => /^[0-9A-Fa-f]{40}$/.test(key)));
  return [
    ...patterns.map(({ path }): Issue => ({
      code: "pattern-in-agenix",
      severity: "error",
      path: ["secrets", "files", path],
      message: "agenix has a rule for each file and knows no patterns",
      hint: "list the files one by one, or use the backend sops",
    })),
    ...pgp.map(({ name }): Issue => ({
      code: "pgp-in-agenix",
      severity: "error",
      path: ["secrets", "admins", name],
      message: "agenix cannot encrypt to a PGP key",
      hint: "give an age recipient (age1...) or an ssh public key, or use the backend sops",
    })),
  ];
}
