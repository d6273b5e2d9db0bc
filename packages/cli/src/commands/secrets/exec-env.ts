import { FlurryError } from "@flurry/core";
import { environmentOf } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsExecEnvFlags } from "../../command-line/secrets-flags.ts";
import { commandBehindDashes } from "../../secrets/command-behind-dashes.ts";
import { openSecretFile, readSecretFile } from "../../secrets/secret-file.ts";
import { withSecrets } from "../../secrets/session.ts";

/** `flurry secrets exec-env`: runs a command with the values of a file as environment variables. */
export async function execEnv(
  this: CommandScope,
  flags: SecretsExecEnvFlags,
  name: string,
  shellText?: string,
): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const [file, ...args] = commandBehindDashes("exec-env", name, { words: this.afterDashes, shellText });
    const opened = await openSecretFile(await readSecretFile({ name, format: flags.inputType }, session), session);
    if (opened.kind === "age")
      throw new FlurryError("FLURRY_SOPS_VALUE_UNSUPPORTED", `${name} is an age file: it has no names for variables`, {
        hint: `flurry secrets exec-file ${name} -- COMMAND {}`,
      });
    const { context, cwd, interruption } = session;
    // The command is found by the person's own PATH, also when it gets nothing of it.
    const own = flags.pristine === true ? { PATH: context.env["PATH"] } : context.env;
    const env = { ...own, ...environmentOf(opened.unlocked) };
    return (await context.runAttached(file, args, { cwd, env, signal: interruption.signal })).exitCode;
  });
}
