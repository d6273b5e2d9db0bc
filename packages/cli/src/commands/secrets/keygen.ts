import { mkdir, open } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { encryptAgeWithPassphrase, newIdentity, printIdentityFile } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsKeygenFlags } from "../../command-line/secrets-flags.ts";
import { jsonDocument } from "../../renderers/json-document.ts";
import type { SecretsSession } from "../../secrets/session.ts";
import { withSecrets } from "../../secrets/session.ts";

/** `flurry secrets keygen`: a new private key of age, where sops and Flurry find it. */
export async function keygen(this: CommandScope, flags: SecretsKeygenFlags): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const { output, context } = session;
    const identity = await newIdentity(flags.postQuantum === true ? "hybrid" : "x25519");
    const text = Buffer.from(printIdentityFile(identity, session.now()), "utf8");
    const content = flags.passphrase === true ? await lock(text, session) : text;
    if (flags.output === "-") {
      context.writeBytes(content);
      return 0;
    }
    const file = flags.output === undefined ? usualPlace(session) : resolve(session.cwd, flags.output);
    if (flags.output === undefined && flags.dryRun !== true)
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    if (flags.dryRun !== true) await writeNew(file, content);
    session.say(
      flags.dryRun === true
        ? `A private key would be written to ${file}`
        : `The private key is in ${file}; keep a copy of it offline.`,
    );
    const { recipient } = identity;
    const document = { file, written: flags.dryRun !== true, ...(flags.dryRun === true ? {} : { recipient }) };
    if (output.json) output.stdout.write(jsonDocument("secrets keygen", document));
    else if (flags.dryRun !== true) output.stdout.write(`${recipient}\n`);
    return 0;
  });
}

function usualPlace({ context: { env } }: SecretsSession): string {
  const config = env["XDG_CONFIG_HOME"] ?? "";
  const home = env["HOME"] ?? "";
  if (config === "" && home === "")
    throw new FlurryError("FLURRY_SECRETS_WRITE_REFUSED", "There is no HOME to write the private key to", {
      hint: "flurry secrets keygen --output FILE",
    });
  return join(config === "" ? join(home, ".config") : config, "sops/age/keys.txt");
}

async function writeNew(file: string, content: Uint8Array): Promise<void> {
  let handle;
  try {
    // Fails for whatever is there, a link included.
    handle = await open(file, "wx", 0o600);
    await handle.writeFile(content);
    await handle.sync();
  } catch (cause) {
    const exists = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    throw new FlurryError(
      "FLURRY_SECRETS_WRITE_REFUSED",
      `${file} is not written${exists ? ": it is there already" : ""}`,
      {
        cause,
        place: { file },
        ...(exists ? { hint: "A private key is never overwritten. Name another file with --output." } : {}),
      },
    );
  } finally {
    await handle?.close();
  }
}

async function lock(content: Uint8Array, { context, interruption: { signal } }: SecretsSession): Promise<Uint8Array> {
  const first = await context.askSecret("Passphrase for the new key", signal);
  const second = first === undefined ? undefined : await context.askSecret("The same again", signal);
  if (first === undefined || second === undefined)
    throw new FlurryError("FLURRY_AGE_PASSPHRASE_REQUIRED", "No passphrase was given");
  if (first !== second) throw new FlurryError("FLURRY_USAGE", "the two passphrases differ");
  return await encryptAgeWithPassphrase(content, first, { format: "armor" });
}
