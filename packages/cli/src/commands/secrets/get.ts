import { parsePath, toPlain } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsGetFlags } from "../../command-line/secrets-flags.ts";
import { jsonDocument } from "../../renderers/json-document.ts";
import { plainToJson } from "../../secrets/plain-json.ts";
import { openSecretFile, readSecretFile } from "../../secrets/secret-file.ts";
import type { OpenedFile } from "../../secrets/secret-file.ts";
import type { SecretsSession } from "../../secrets/session.ts";
import { withSecrets } from "../../secrets/session.ts";
import { nodeIn, valueBytes } from "../../secrets/value-in-file.ts";

/** `flurry secrets get`: one value, or the whole file in clear. */
export async function get(this: CommandScope, flags: SecretsGetFlags, name: string, path?: string): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const steps = path === undefined ? undefined : parsePath(path);
    const opened = await openSecretFile(await readSecretFile({ name, format: flags.inputType }, session), session);
    if (steps === undefined) return printFile(opened, name, session);
    const node = nodeIn(opened, name, steps);
    const { context, output } = session;
    if (output.json) {
      output.stdout.write(jsonDocument("secrets get", { file: name, path: steps, value: plainToJson(toPlain(node)) }));
      return 0;
    }
    context.writeBytes(valueBytes(node));
    // Scripts get the value and nothing else; a person gets the prompt on a line of its own.
    if (output.stdout.isTTY) output.stdout.write("\n");
    return 0;
  });
}

function printFile({ plain }: OpenedFile, name: string, { context, output }: SecretsSession): number {
  if (!output.json) {
    context.writeBytes(plain);
    return 0;
  }
  const text = Buffer.from(plain).toString("utf8");
  const isText = Buffer.from(text).equals(plain);
  const content = isText ? { content: text } : { contentBase64: Buffer.from(plain).toString("base64") };
  output.stdout.write(jsonDocument("secrets get", { file: name, ...content }));
  return 0;
}
