import { resolve } from "node:path";

import {
  findIdentities,
  gpgOpener,
  inDecryptionOrder,
  openIdentity,
  parseDecryptionOrder,
  sopsOpeners,
} from "@flurry/secrets";
import type {
  AgeIdentity,
  AskPassphrase,
  IdentitySource,
  KeyOpener,
  OpenIdentityOptions,
  PluginUi,
} from "@flurry/secrets";

import type { CommandScope } from "../command-line/scope.ts";
import type { SecretsFlags } from "../command-line/secrets-flags.ts";
import type { CliContext } from "../context.ts";
import { outputFor } from "../output.ts";
import type { Output } from "../output.ts";
import { plainLine } from "../renderers/plain-text.ts";
import { guarded } from "../run/guard.ts";
import type { Interruption } from "../run/interruption.ts";
import { sopsExitCodeOf } from "./exit-codes.ts";

/** What every command on secrets begins with. */
export interface SecretsSession {
  readonly context: CliContext;
  readonly output: Output;
  /** The directory that the command works in: the context's, or that of `--directory`. */
  readonly cwd: string;
  readonly interruption: Interruption;
  readonly now: () => Date;
  /** Private keys, found when they are first asked for; none of them is unlocked yet. */
  readonly identities: () => Promise<readonly IdentitySource[]>;
  /** The private keys for age files; one with a passphrase asks for it when a file needs it, once. */
  readonly ageIdentities: () => Promise<readonly AgeIdentity[]>;
  /** The private keys for SOPS files. */
  readonly openers: () => Promise<readonly KeyOpener[]>;
  /** How to open private keys: the passphrase is asked for at the terminal. */
  readonly identityOptions: OpenIdentityOptions;
  readonly warn: (text: string) => void;
  /** Says what was done, on standard error, unless all is to be quiet. */
  readonly say: (text: string) => void;
}

/** Runs the body of a command on secrets. Its errors end it with the exit codes that sops has for them. */
export async function withSecrets(
  scope: CommandScope,
  flags: SecretsFlags,
  body: (session: SecretsSession) => Promise<number>,
): Promise<void> {
  const run = (interruption: Interruption): Promise<number> => body(openSession(scope.cli, flags, interruption));
  await guarded(scope, flags, run, sopsExitCodeOf);
}

function openSession(context: CliContext, flags: SecretsFlags, interruption: Interruption): SecretsSession {
  const output = outputFor(context, flags);
  const cwd = resolve(context.cwd, flags.directory ?? ".");
  const { signal } = interruption;
  const warn = (text: string): void =>
    output.stderr.write(`${output.progressColors.yellow("warning")}: ${plainLine(text)}\n`);
  const say = (text: string): void => output.stderr.write(`${plainLine(text)}\n`);
  const askPassphrase = askAtTerminal(context, signal);
  const identityOptions = { askPassphrase, signal, env: context.env, ui: pluginUi(context, signal, say) };
  const files = (flags.identity ?? []).map((file) => resolve(cwd, file));
  const identities = once(() => findIdentities({ env: context.env, cwd, files, warn, signal }));
  return {
    context,
    output,
    cwd,
    interruption,
    now: () => new Date(context.now()),
    identities,
    ageIdentities: once(async () =>
      commandsLast(await identities()).map((source) => openIdentity(source, identityOptions)),
    ),
    openers: once(async () => {
      const order = context.env["SOPS_DECRYPTION_ORDER"] ?? "";
      const found = [...sopsOpeners(await identities(), identityOptions), gpgOpener({ env: context.env, cwd, signal })];
      return order === "" ? found : inDecryptionOrder(found, parseDecryptionOrder(order));
    }),
    identityOptions,
    warn,
    say: (text) => {
      if (!output.quiet && !output.json) say(text);
    },
  };
}

/** A command may ask a person or a server, so keys at hand are tried before. */
function commandsLast(sources: readonly IdentitySource[]): readonly IdentitySource[] {
  const isCommand = ({ kind }: IdentitySource): boolean => kind === "command";
  return [...sources.filter((source) => !isCommand(source)), ...sources.filter(isCommand)];
}

function askAtTerminal(context: CliContext, signal: AbortSignal): AskPassphrase {
  return async ({ what, attempt }) =>
    await context.askSecret(`${attempt === 1 ? "" : "That was wrong. "}Passphrase of ${plainLine(what)}`, signal);
}

function pluginUi(context: CliContext, signal: AbortSignal, say: (text: string) => void): PluginUi {
  return {
    message: (plugin, text) => say(`${plugin}: ${text}`),
    request: async (plugin, prompt) => await context.askSecret(`${plainLine(plugin)}: ${plainLine(prompt)}`, signal),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
