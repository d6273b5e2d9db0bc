import { resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { nodeAs, parsePath, plaintextAs } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsDecryptFlags } from "../../command-line/secrets-flags.ts";
import { saveFile } from "../../secrets/save-file.ts";
import { openSecretFile, readBytes, readSecretFile } from "../../secrets/secret-file.ts";
import type { OpenedFile } from "../../secrets/secret-file.ts";
import { withSecrets } from "../../secrets/session.ts";
import { nodeIn, valueBytes } from "../../secrets/value-in-file.ts";

/** `flurry secrets decrypt`: a file, or one value of it, in clear. */
export async function decrypt(this: CommandScope, flags: SecretsDecryptFlags, name: string): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const { output, inPlace, extract, outputType } = flags;
    if (inPlace === true && (output ?? extract ?? outputType) !== undefined)
      throw new FlurryError("FLURRY_USAGE", "--in-place excludes --output, --output-type and --extract");
    const secret = await readSecretFile({ name, format: flags.inputType }, session);
    const opened = await openSecretFile(secret, session);
    const plain = plainOf(opened, name, flags);
    const target = inPlace === true ? name : output;
    if (target === undefined) {
      session.context.writeBytes(plain);
      return 0;
    }
    const before = target === name ? secret.bytes : await readBytes(resolve(session.cwd, target), target);
    const save = { command: "secrets decrypt", name: target, before, after: plain, what: "decrypted", mode: 0o600 };
    return await saveFile({ ...save, dryRun: flags.dryRun }, session);
  });
}

function plainOf(opened: OpenedFile, name: string, { extract, outputType }: SecretsDecryptFlags): Uint8Array {
  if (extract !== undefined) {
    const node = nodeIn(opened, name, parsePath(extract));
    return outputType === undefined || node.kind !== "map" ? valueBytes(node) : nodeAs(node, outputType);
  }
  if (outputType === undefined) return opened.plain;
  if (opened.kind === "sops") return plaintextAs(opened.unlocked, outputType);
  throw new FlurryError("FLURRY_USAGE", `${name} is an age file: it has no other format`);
}
