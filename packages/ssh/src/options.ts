import { resolve } from "node:path";

import { FlurryError, runProcess } from "@flurry/core";

import { answered } from "./answers.ts";
import { checkHostName, checkPort, checkUserName, formatJumpHosts, hostPort, parseJumpHosts } from "./names.ts";
import { parseSshGOutput } from "./ssh-g-output.ts";
import type { SshGOutput } from "./ssh-g-output.ts";
import { formatSshWords, parseSshWords } from "./ssh-words.ts";
import type { SshWord } from "./ssh-words.ts";
import type { SshContext, SshTarget } from "./target.ts";
import { expandFileName, expandProxyCommand, localUser } from "./tokens.ts";
import type { LocalUser, TokenValues } from "./tokens.ts";

/** Everything that OpenSSH would do for one address of a target, worked out: files absolute, tokens expanded. */
export interface ResolvedSshOptions {
  /** The address as the target has it. */
  readonly address: string;
  /** Where to connect: the address after `HostName` and canonicalisation. */
  readonly hostname: string;
  readonly user: string;
  readonly port: number;
  readonly addressFamily: "any" | "inet" | "inet6";
  readonly bindAddress: string | undefined;
  /** In the order in which OpenSSH would try them; some may not exist. */
  readonly identityFiles: readonly IdentityFileName[];
  readonly identitiesOnly: boolean;
  /** The socket of the agent. */
  readonly identityAgent: string | undefined;
  /** The name that known_hosts files have for the host: the alias, or the host and, where it is not 22, its port. */
  readonly hostKeyName: string;
  readonly hostKeyAlias: string | undefined;
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly revokedHostKeysFile: string | undefined;
  readonly hashKnownHosts: boolean;
  /** What to do with an unknown host key. "off" takes it, as "accept-new" does; a changed one is refused always. */
  readonly strictHostKeyChecking: "strict" | "accept-new" | "off";
  readonly hostKeyAlgorithms: readonly string[];
  readonly kexAlgorithms: readonly string[];
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
  readonly compression: boolean;
  readonly proxyJump: string | undefined;
  /** A shell command whose standard streams are the connection. */
  readonly proxyCommand: string | undefined;
  /** The ProxyCommand prints nothing but passes an open socket on. */
  readonly proxyUseFdpass: boolean;
  /** User certificates that the configuration names. */
  readonly certificateFiles: readonly string[];
  /** A library that knows keys on smart cards. */
  readonly pkcs11Provider: string | undefined;
  readonly gssapiAuthentication: boolean;
  readonly knownHostsCommand: string | undefined;
  /** Whether this OpenSSH knows `KnownHostsCommand` (8.5 and later; the first sign of it is in 8.7). */
  readonly knowsKnownHostsCommand: boolean;
  readonly connectTimeoutMs: number | undefined;
  readonly serverAliveIntervalMs: number | undefined;
  readonly serverAliveCountMax: number;
}

/** A file that may hold a private key. */
export interface IdentityFileName {
  readonly path: string;
  /** Named by a user, so that its absence is worth a word; else one of those that OpenSSH looks for by itself. */
  readonly chosen: boolean;
}

/** How to work out options; see {@link resolveSshOptions}. */
export interface ResolveSshOptionsOptions {
  readonly signal?: AbortSignal;
}

/**
 * Asks the installed OpenSSH (`ssh -G`) what it would do for one address of a target.
 *
 * @throws FlurryError FLURRY_SSH_UNSAFE_NAME before anything is started, FLURRY_SSH_CONFIG_INVALID,
 * FLURRY_PROCESS_NOT_FOUND when there is no `ssh`, FLURRY_TIMEOUT, FLURRY_ABORTED
 */
export async function resolveSshOptions(
  target: SshTarget,
  address: string,
  context: SshContext,
  options: ResolveSshOptionsOptions = {},
): Promise<ResolvedSshOptions> {
  try {
    const host = checkHostName(address);
    const user = target.user === undefined ? [] : ["-l", checkUserName(target.user)];
    const args = ["-G", "-T", ...targetArguments(target, context), ...user, "--", host];
    const ask = (): Promise<string> => askSsh(args, context, options.signal);
    const output = parseSshGOutput(await answered(context.answers, ["ssh", ...args], ask));
    return fromOutput({ output, address: host, target, context, local: localUser() });
  } catch (error) {
    throw FlurryError.from(error).withHost(target.name);
  }
}

/**
 * What a target adds to the command line of `ssh`, apart from user and host. The same words for `ssh -G` and for the
 * `ssh` that Nix starts make both see the same options.
 *
 * @throws FlurryError FLURRY_SSH_UNSAFE_NAME, FLURRY_SSH_CONFIG_INVALID
 */
export function targetArguments(target: SshTarget, context: SshContext): string[] {
  const cwd = context.cwd ?? process.cwd();
  const words: SshWord[] = [];
  if (context.configFile !== undefined) words.push({ flag: "F", value: configFileName(context.configFile, cwd) });
  if (target.port !== undefined) words.push({ flag: "p", value: String(checkPort(target.port)) });
  if (target.jump !== undefined)
    words.push({ flag: "J", value: formatJumpHosts(parseJumpHosts(target.jump)) || "none" });
  for (const file of target.identityFiles ?? []) words.push({ flag: "o", value: `IdentityFile=${quoted(file, cwd)}` });
  return formatSshWords([...words, ...parseSshWords(target.sshOptions ?? [])]);
}

async function askSsh(args: readonly string[], context: SshContext, signal: AbortSignal | undefined): Promise<string> {
  const { exitCode, stdout, stderr } = await runProcess("ssh", args, {
    env: context.env,
    timeoutMs: 20_000,
    maxOutputBytes: 1024 * 1024,
    ...(context.cwd === undefined ? {} : { cwd: context.cwd }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (exitCode === 0) return stdout;
  throw new FlurryError("FLURRY_SSH_CONFIG_INVALID", `ssh refuses these options: ${lastLine(stderr)}`, {
    details: stderr,
    hint: "Look into the host's ssh options and the OpenSSH configuration; `ssh -G HOST` shows the same error.",
  });
}

interface Material {
  readonly output: SshGOutput;
  readonly address: string;
  readonly target: SshTarget;
  readonly context: SshContext;
  readonly local: LocalUser;
}

function fromOutput({ output, address, target, context, local }: Material): ResolvedSshOptions {
  const hostname = checkHostName(output.hostname);
  const user = checkUserName(output.user);
  const { port } = output;
  const proxyJump = output.proxyjump;
  const hostKeyAlias = output.hostkeyalias;
  const values: TokenValues = { hostname, port, user, original: address, hostKeyAlias, proxyJump, local };
  const cwd = context.cwd ?? process.cwd();
  const fileName = (name: string): string => resolve(cwd, expandFileName(name, values, context.env));
  return {
    address,
    hostname,
    user,
    port,
    addressFamily: output.addressfamily,
    bindAddress: output.bindaddress,
    identityFiles: output.identityfile
      .filter((name) => name !== "none")
      .map((name) => ({ path: fileName(name), chosen: !isDefaultIdentity(name, local.home) })),
    identitiesOnly: output.identitiesonly,
    identityAgent: agentSocket(output.identityagent, context.env, fileName),
    hostKeyName: hostKeyAlias ?? (port === 22 ? hostname.toLowerCase() : `[${hostname.toLowerCase()}]:${port}`),
    hostKeyAlias,
    userKnownHostsFiles: output.userknownhostsfile.map(fileName),
    globalKnownHostsFiles: output.globalknownhostsfile.map(fileName),
    revokedHostKeysFile: output.revokedhostkeys === undefined ? undefined : fileName(output.revokedhostkeys),
    hashKnownHosts: output.hashknownhosts,
    strictHostKeyChecking: target.hostKeyPolicy ?? output.stricthostkeychecking,
    hostKeyAlgorithms: output.hostkeyalgorithms,
    kexAlgorithms: output.kexalgorithms,
    ciphers: output.ciphers,
    macs: output.macs,
    compression: output.compression,
    proxyJump,
    proxyCommand: output.proxycommand === undefined ? undefined : expandProxyCommand(output.proxycommand, values),
    proxyUseFdpass: output.proxyusefdpass,
    certificateFiles: output.certificatefile.filter((name) => name !== "none").map(fileName),
    pkcs11Provider: output.pkcs11provider,
    gssapiAuthentication: output.gssapiauthentication,
    knownHostsCommand: output.knownhostscommand,
    knowsKnownHostsCommand: output.forkafterauthentication !== undefined,
    connectTimeoutMs: milliseconds(output.connecttimeout),
    serverAliveIntervalMs: milliseconds(output.serveraliveinterval),
    serverAliveCountMax: output.serveralivecountmax ?? 3,
  };
}

/** "nas (10.0.0.5:2222)": how errors call an address of a target. */
export function placeName(name: string, options: Pick<ResolvedSshOptions, "hostname" | "port">): string {
  return `${name} (${hostPort(options.hostname, options.port)})`;
}

function agentSocket(
  setting: string | undefined,
  env: NodeJS.ProcessEnv,
  fileName: (name: string) => string,
): string | undefined {
  if (setting === "none") return undefined;
  if (setting === undefined || setting === "SSH_AUTH_SOCK") return env["SSH_AUTH_SOCK"] || undefined;
  const variable = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(setting)?.[1];
  return variable === undefined ? fileName(setting) : env[variable] || undefined;
}

function isDefaultIdentity(name: string, home: string): boolean {
  const short = name.startsWith(`${home}/`) ? `~${name.slice(home.length)}` : name;
  return /^~\/\.ssh\/id_(?:rsa|dsa|xmss|ecdsa|ed25519|ecdsa_sk|ed25519_sk|mldsa44_ed25519|mldsa44-ed25519)$/.test(
    short,
  );
}

function configFileName(name: string, cwd: string): string {
  return name === "none" ? name : resolve(cwd, name);
}

function quoted(file: string, cwd: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/["\\\u0000-\u001f\u007f]/.test(file) || file === "")
    throw new FlurryError(
      "FLURRY_SSH_CONFIG_INVALID",
      `${JSON.stringify(file)} cannot be the name of an identity file`,
      {
        hint: "OpenSSH takes no quotes, backslashes and control characters there; rename the file.",
      },
    );
  const name = /^[~%$]/.test(file) ? file : resolve(cwd, file);
  return /[ '#]/.test(name) ? `"${name}"` : name;
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined || !(seconds > 0) ? undefined : seconds * 1000;
}

function lastLine(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("debug"));
  return lines.at(-1)?.trim() ?? "it does not say why";
}
