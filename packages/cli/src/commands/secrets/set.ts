import { resolve } from "node:path";

import { FlurryError } from "@flurry/core";
import { changeValues, isAgeFile, newPlaintext, parsePath, replacePlaintext, sopsFormatOf } from "@flurry/secrets";
import type { SopsFormat, UnlockedSops, ValueChange } from "@flurry/secrets";

import type { CommandScope } from "../../command-line/scope.ts";
import type { SecretsSetFlags } from "../../command-line/secrets-flags.ts";
import { checkReaders } from "../../secrets/check-readers.ts";
import { encryptNewFile, planNewFile } from "../../secrets/new-file.ts";
import { readInput, readValue } from "../../secrets/read-value.ts";
import { saveFile } from "../../secrets/save-file.ts";
import { openSecretFile, readBytes, readSecretFile } from "../../secrets/secret-file.ts";
import type { SecretsSession } from "../../secrets/session.ts";
import { withSecrets } from "../../secrets/session.ts";

/** `flurry secrets set`: puts one value into a file, or the whole content into one that is a single value. */
export async function set(this: CommandScope, flags: SecretsSetFlags, name: string, path?: string): Promise<void> {
  await withSecrets(this, flags, async (session) => {
    const before = await readBytes(resolve(session.cwd, name), name);
    const isAge = before === undefined ? name.endsWith(".age") : isAgeFile(before);
    const format = flags.inputType ?? sopsFormatOf(name);
    const target: Target = { name, before, kind: isAge ? "age" : "sops", format, flags };
    const isWhole = isAge || format === "binary";
    if (isWhole && path !== undefined)
      throw new FlurryError("FLURRY_SOPS_PATH_INVALID", `${name} is one value and has no paths`, {
        hint: `flurry secrets set ${name}`,
      });
    if (isWhole) return await setWhole(target, session);
    if (path !== undefined) return await setValue(target, path, session);
    throw new FlurryError("FLURRY_USAGE", `flurry secrets set needs to know which value of ${name}`, {
      hint: `write for example: flurry secrets set ${name} smb.password`,
    });
  });
}

interface Target {
  readonly name: string;
  readonly before: Uint8Array | undefined;
  readonly kind: "sops" | "age";
  readonly format: SopsFormat;
  readonly flags: SecretsSetFlags;
}

async function setValue(target: Target, path: string, session: SecretsSession): Promise<number> {
  const { name, before, format, flags } = target;
  const steps = parsePath(path);
  const save = { command: "secrets set", name, before, what: `${path} set`, dryRun: flags.dryRun };
  const change = async (): Promise<readonly ValueChange[]> => [
    { kind: "set", path: steps, value: await readValue({ what: `${path} in ${name}`, ...flags }, session) },
  ];
  const now = session.now();
  if (before === undefined) {
    const file = await planNewFile({ ...target, path: resolve(session.cwd, name) }, session);
    const plain = newPlaintext(format, await change());
    return await saveFile({ ...save, after: await encryptNewFile(plain, file, { name, now }) }, session);
  }
  const unlocked = await unlock(target, session);
  return await saveFile({ ...save, after: changeValues(unlocked, await change(), { now }) }, session);
}

async function setWhole(target: Target, session: SecretsSession): Promise<number> {
  const { name, before, kind, flags } = target;
  const save = { command: "secrets set", name, before, what: "set", dryRun: flags.dryRun };
  const now = session.now();
  if (kind === "sops" && before !== undefined) {
    const unlocked = await unlock(target, session);
    const plain = await readInput({ what: name, ...flags }, session);
    return await saveFile({ ...save, after: replacePlaintext(unlocked, plain, { now }) }, session);
  }
  const file = await planNewFile({ ...target, path: resolve(session.cwd, name) }, session);
  const plain = await readInput({ what: name, ...flags }, session);
  return await saveFile({ ...save, after: await encryptNewFile(plain, file, { name, now }) }, session);
}

async function unlock({ name, format, flags }: Target, session: SecretsSession): Promise<UnlockedSops> {
  const secret = await readSecretFile({ name, format }, session);
  if (secret.kind === "sops") await checkReaders({ ...secret, name, yes: flags.yes }, session);
  const opened = await openSecretFile(secret, session);
  if (opened.kind === "sops") return opened.unlocked;
  throw new FlurryError("FLURRY_INTERNAL", "An age file has no values");
}
