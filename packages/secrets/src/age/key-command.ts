import { FlurryError, runProcess } from "@flurry/core";

import { shellWords } from "../files/shell-words.ts";
import { parseIdentityFile } from "./identity-file.ts";
import type { IdentitySource } from "./identity-file.ts";

/** Where a command that prints private keys is run. */
export interface KeyCommandOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly signal?: AbortSignal;
}

/** Nobody's keys are larger. */
const maxOutputBytes = 16 * 1024 * 1024;

/**
 * The command in SOPS_AGE_KEY_CMD or SOPS_AGE_SSH_PRIVATE_KEY_CMD. As with sops it is told in SOPS_AGE_RECIPIENT whose
 * key is wanted; for an age file, which does not name its recipients, it is not.
 *
 * @param name - of the variable
 * @throws FlurryError FLURRY_SECRETS_COMMAND_INVALID
 */
export function keyCommandSource(name: string, command: string, options: KeyCommandOptions): IdentitySource {
  const words = shellWords(command, name);
  const printed = new Map<string, Promise<readonly IdentitySource[]>>();
  const run = (recipient = ""): Promise<readonly IdentitySource[]> => {
    const known = printed.get(recipient) ?? runCommand({ name, words, recipient }, options);
    printed.set(recipient, known);
    return known;
  };
  return { kind: "command", name, run };
}

interface Run {
  readonly name: string;
  readonly words: readonly [string, ...string[]];
  readonly recipient: string;
}

async function runCommand(
  { name, words: [file, ...args], recipient }: Run,
  { env, cwd, signal }: KeyCommandOptions,
): Promise<readonly IdentitySource[]> {
  const limits = { timeoutMs: 120_000, maxOutputBytes, ...(signal === undefined ? {} : { signal }) };
  const asked = recipient === "" ? env : { ...env, SOPS_AGE_RECIPIENT: recipient };
  const failed = (how: string, cause?: unknown): FlurryError =>
    new FlurryError("FLURRY_SECRETS_KEY_COMMAND_FAILED", `The command in ${name} ${how}`, {
      cause,
      hint: `Run it by hand: ${file} …`,
    });
  const { exitCode, stdout } = await runProcess(file, args, { env: asked, cwd, ...limits }).catch((error: unknown) => {
    if (!FlurryError.is(error) || signal?.aborted === true) throw error;
    throw failed(`does not work: ${error.message}`, error);
  });
  // Whatever it wrote may hold the key.
  if (exitCode !== 0) throw failed(`ended with ${exitCode ?? "a signal"}`);
  return parseIdentityFile(stdout, { name: `the output of ${name}` });
}
