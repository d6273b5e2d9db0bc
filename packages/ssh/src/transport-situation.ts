import { access, readFile } from "node:fs/promises";

import { runProcess } from "@flurry/core";

import { answered } from "./answers.ts";
import { chooseTransport } from "./choose-transport.ts";
import type { TransportChoice, TransportSituation } from "./choose-transport.ts";
import { readIdentityFile } from "./identity-file.ts";
import { findKnownHosts } from "./known-hosts.ts";
import { resolveSshOptions } from "./options.ts";
import type { ResolvedSshOptions } from "./options.ts";
import type { SshContext, SshTarget } from "./target.ts";

/** How to ask; see {@link transportFor}. */
export interface TransportForOptions {
  readonly signal?: AbortSignal;
}

/**
 * Tells which transport {@link connect} takes to the first address of a target, and why. Nothing is connected.
 *
 * @throws FlurryError what {@link resolveSshOptions} throws
 */
export async function transportFor(
  target: SshTarget,
  context: SshContext,
  { signal }: TransportForOptions = {},
): Promise<TransportChoice> {
  const [address = target.name] = target.addresses;
  const limits = signal === undefined ? {} : { signal };
  const options = await resolveSshOptions(target, address, context, limits);
  return chooseTransport(options, await transportSituation({ options, target, context, ...limits }));
}

/** What {@link transportSituation} looks at. */
export interface SituationRequest extends TransportForOptions {
  readonly options: ResolvedSshOptions;
  readonly target: SshTarget;
  readonly context: SshContext;
}

/** Looks at the files and the agent that decide about the transport. */
export async function transportSituation(request: SituationRequest): Promise<TransportSituation> {
  const { options, target, context } = request;
  const [certificates, tokens, fromAgent, hasTicket, knownByAuthority] = await Promise.all([
    findCertificates(options),
    findTokenKeys(options),
    foreignKeysOfAgent(request),
    options.gssapiAuthentication ? findTicket(context.env) : false,
    isKnownByAuthority(request),
  ]);
  return {
    wish: context.env["FLURRY_SSH_TRANSPORT"],
    foreignCredentials: [...certificates, ...tokens, ...fromAgent],
    hasTicket,
    knownByAuthority,
    pinned: (target.hostKeys ?? []).length > 0,
  };
}

/** OpenSSH looks for `FILE-cert.pub` beside each identity file by itself. */
async function findCertificates({ certificateFiles, identityFiles }: ResolvedSshOptions): Promise<readonly string[]> {
  const files = [...certificateFiles, ...identityFiles.map(({ path }) => `${path}-cert.pub`)];
  const there = await Promise.all(files.map(exists));
  return files.filter((_, index) => there[index]).map((file) => `${file} is a user certificate`);
}

async function findTokenKeys({ identityFiles }: ResolvedSshOptions): Promise<readonly string[]> {
  const identities = await Promise.all(identityFiles.map(readIdentityFile));
  return identities.flatMap((identity) =>
    identity.kind === "public" && identity.publicKey.type.startsWith("sk-")
      ? [`${identity.file} is a key on a security token`]
      : [],
  );
}

async function foreignKeysOfAgent({ options, context, signal }: SituationRequest): Promise<readonly string[]> {
  const { identityAgent, identitiesOnly } = options;
  if (identityAgent === undefined || identitiesOnly) return [];
  const ask = async (): Promise<string> => {
    const env = { ...context.env, SSH_AUTH_SOCK: identityAgent };
    const limits = { timeoutMs: 10_000, ...(signal === undefined ? {} : { signal }) };
    return (await runProcess("ssh-add", ["-L"], { env, ...limits })).stdout;
  };
  // Without an agent that answers there is nothing of it to use.
  const keys = await answered(context.answers, ["ssh-add", "-L", identityAgent], ask).catch(() => "");
  return keys.split("\n").flatMap((line) => {
    const [type = "", , comment = ""] = line.split(" ");
    if (type.includes("-cert-")) return [`the agent has a user certificate (${comment || type})`];
    return type.startsWith("sk-") ? [`the agent has a key on a security token (${comment || type})`] : [];
  });
}

async function findTicket(env: NodeJS.ProcessEnv): Promise<boolean> {
  return Boolean(env["KRB5CCNAME"]) || (await exists(`/tmp/krb5cc_${process.getuid?.()}`));
}

async function isKnownByAuthority({ options, context, signal }: SituationRequest): Promise<boolean> {
  const files = [...options.userKnownHostsFiles, ...options.globalKnownHostsFiles];
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  // Most files have none, and `ssh-keygen` need not be asked.
  if (!texts.some((text) => text.includes("@cert-authority"))) return false;
  const { env, answers } = context;
  const limits = signal === undefined ? {} : { signal };
  const entries = await findKnownHosts(options.hostKeyName, files, { env, answers, ...limits });
  const has = (marker: string): boolean => entries.some((entry) => entry.marker === marker);
  return has("cert-authority") && !has("plain");
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
