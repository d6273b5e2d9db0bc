import { resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { isAgeFile, sopsFormatOf } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsEncryptFlags } from "../../command-line/secrets-flags.ts";
import { encryptNewFile, planNewFile } from "../../secrets/new-file.ts";
import { readInput } from "../../secrets/read-value.ts";
import { saveFile } from "../../secrets/save-file.ts";
import { readBytes } from "../../secrets/secret-file.ts";
import type { SecretsSession } from "../../secrets/session.ts";
import { withSecrets } from "../../secrets/session.ts";

/** `flurry secrets encrypt`: a file in clear becomes a SOPS or age file. */
export async function encrypt(this: CommandScope, flags: SecretsEncryptFlags, name: string): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const target = targetOf(flags, name);
    const ruled = flags.filenameOverride ?? target ?? name;
    if (ruled === "-")
      throw new FlurryError("FLURRY_USAGE", "standard input has no name that rules could go by", {
        hint: "name the file with --filename-override or --output",
      });
    const kind = ruled.endsWith(".age") ? "age" : "sops";
    const format = flags.inputType ?? sopsFormatOf(ruled);
    const file = await planNewFile({ name: ruled, path: resolve(session.cwd, ruled), kind, format, flags }, session);
    const plain = await readInput({ what: ruled, fromFile: name }, session);
    if (isAgeFile(plain))
      throw new FlurryError("FLURRY_SOPS_ALREADY_ENCRYPTED", `${name} is an age file already`, {
        place: { file: name },
      });
    const after = await encryptNewFile(plain, file, { name: ruled, now: session.now() });
    return await put({ target, name, plain, after, flags }, session);
  });
}

interface Put {
  readonly target: string | undefined;
  readonly name: string;
  readonly plain: Uint8Array;
  readonly after: Uint8Array;
  readonly flags: SecretsEncryptFlags;
}

async function put({ target, name, plain, after, flags }: Put, session: SecretsSession): Promise<number> {
  if (target === undefined) {
    session.context.writeBytes(after);
    return 0;
  }
  const before = target === name ? plain : await readBytes(resolve(session.cwd, target), target);
  const save = { command: "secrets encrypt", name: target, before, after, what: "encrypted", dryRun: flags.dryRun };
  const code = await saveFile(save, session);
  if (target !== name && name !== "-") session.warn(`${name} is still there in clear`);
  return code;
}

function targetOf({ output, inPlace }: SecretsEncryptFlags, name: string): string | undefined {
  if (inPlace === true && (output !== undefined || name === "-"))
    throw new FlurryError("FLURRY_USAGE", "--in-place needs a file and excludes --output");
  return inPlace === true ? name : output;
}
