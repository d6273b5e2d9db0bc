import { FlurryError } from "@flurry/core";
import { allReaders, explainAccess, findReader, namedReader, shortKey } from "@flurry/secrets";
import type { AccessExplanation } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsFlags } from "../../command-line/secrets-flags.ts";
import { jsonDocument } from "../../renderers/json-document.ts";
import { openPolicy, policyFiles, tellInterrupted } from "../../secrets/open-policy.ts";
import { withSecrets } from "../../secrets/session.ts";

/** `flurry secrets why`: why somebody can read a file, or cannot. No key is needed. */
export async function why(this: CommandScope, flags: SecretsFlags, reader: string, name: string): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const { output } = session;
    const open = await openPolicy(session);
    await tellInterrupted(open, session);
    const { policy } = open.loaded;
    const files = await policyFiles(open, [name], session);
    const [file] = files;
    if (file === undefined || file.file.kind === "absent")
      throw new FlurryError("FLURRY_SECRETS_FILE_NOT_FOUND", `There is no file ${name}`);
    const all = { ...policy, readers: allReaders(policy, files) };
    const who = findReader(policy, files, reader) ?? namedReader(all, reader);
    const found = explainAccess(policy, file, who);
    if (output.json) output.stdout.write(jsonDocument("secrets why", { ...plainExplanation(found), path: name }));
    else output.stdout.write(textOf(found, { name, policyFile: policy.source.file }));
    return 0;
  });
}

/** The explanation as data that has no functions in it. */
function plainExplanation({ rule, shadowed, ...rest }: AccessExplanation): object {
  const plain = (one: AccessExplanation["shadowed"][number]): object => ({ name: one.name, place: one.place });
  return { ...rest, ...(rule === undefined ? {} : { rule: plain(rule) }), shadowed: shadowed.map(plain) };
}

const verdicts = {
  reads: "can read",
  likely: "can read, as far as the file tells,",
  missing: "should be able to read, and cannot yet,",
  extra: "can read, and should not be able to,",
  clear: "can read, as anyone can,",
  none: "cannot read",
} as const;

function textOf(
  found: AccessExplanation,
  { name, policyFile }: { readonly name: string; readonly policyFile: string },
): string {
  const { reader, access, rule, shadowed, policyKeys, fileKeys, together, unusable } = found;
  const at = (one: AccessExplanation["shadowed"][number]): string =>
    `${one.name}${one.place?.line === undefined ? "" : ` (${one.place.file}:${one.place.line})`}`;
  const lines = [
    `${reader} ${verdicts[access]} ${name}`,
    rule === undefined
      ? `  rule      none of ${policyFile} covers the file`
      : `  rule      ${at(rule)}${policyKeys.length > 0 ? ` names ${reader}` : ` does not name ${reader}`}`,
    ...policyKeys.map(
      (key) =>
        `  by        ${shortKey(key)}${key.place?.line === undefined ? "" : ` (${key.place.file}:${key.place.line})`}`,
    ),
    `  file      ${fileLine(found)}`,
    ...(together === undefined
      ? []
      : [`  together  keys of ${together.needed} of ${together.groups} groups are needed`]),
    ...shadowed.map((one) => `  too late  ${at(one)} matches as well, and an earlier rule decides`),
    ...(unusable.length === 0 ? [] : ["  form      sops-nix cannot use an ssh key itself: give the converted age key"]),
    ...(access === "missing" || access === "extra" ? [`  hint      flurry secrets rekey ${name}`] : []),
  ];
  return fileKeys.length === 0 && access === "none" && rule === undefined
    ? `${lines.slice(0, 2).join("\n")}\n`
    : `${lines.join("\n")}\n`;
}

function fileLine({ access, fileKeys, reader }: AccessExplanation): string {
  if (access === "clear") return "is not encrypted";
  if (access === "likely") return "has as many anonymous recipients as the rule has; whose they are it does not tell";
  if (fileKeys.length > 0) return `is encrypted to ${fileKeys.map(shortKey).join(", ")}`;
  return access === "reads" || access === "extra" ? `is encrypted to ${reader}` : `is not encrypted to ${reader}`;
}
