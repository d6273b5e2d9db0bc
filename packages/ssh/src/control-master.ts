import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { abortReason, tempDir } from "@flurry/core";

import type { CommandConnection } from "./command-channel.ts";
import { gatherCredentials } from "./credentials.ts";
import { lookUpHostKeys } from "./host-key.ts";
import type { HostKeyKnowledge } from "./host-key.ts";
import { jumpTarget, maxJumps, shareHop, tooManyJumps } from "./jump-host.ts";
import type { Share } from "./jump-pool.ts";
import { MasterProcess } from "./master-process.ts";
import { openMuxChannel } from "./mux-channel.ts";
import { checkUserName } from "./names.ts";
import { lastWords, opensshError } from "./openssh-error.ts";
import { hostKeySettings, unattendedSettings, writePinnedKeys } from "./openssh-settings.ts";
import { resolveSshOptions, targetArguments } from "./options.ts";
import type { ResolvedSshOptions } from "./options.ts";
import { formatPublicKey, readPublicKey } from "./public-key.ts";
import type { PublicKey } from "./public-key.ts";
import { socketParent } from "./socket-parent.ts";
import { formatSshWords, parseSshWords } from "./ssh-words.ts";
import type { SshContext, SshTarget } from "./target.ts";

/** What a connection over OpenSSH is made from; see {@link openMaster}. */
export interface MasterRequest {
  readonly target: SshTarget;
  readonly address: string;
  readonly options: ResolvedSshOptions;
  readonly context: SshContext;
  readonly signal: AbortSignal;
  /** Jump hosts that lie on the way already: a host that jumps through itself would never end. */
  readonly depth?: number;
}

/** A connection over OpenSSH. */
export interface MasterConnection extends CommandConnection {
  /** The control socket of its master. */
  readonly socket: string;
}

/**
 * Connects to one address with the installed OpenSSH: a control master of our own, whose socket lies in a directory
 * that only we can read. Commands are its clients.
 *
 * @throws FlurryError of the kinds that the other transport has
 */
export async function openMaster(request: MasterRequest): Promise<MasterConnection> {
  const hop = await openHop(request);
  try {
    const master = await startMaster(request, hop?.value.socket);
    if (hop === undefined) return master;
    const close = async (): Promise<void> => {
      await master.close();
      await hop.release();
    };
    return { ...master, close };
  } catch (error) {
    await hop?.release();
    throw error;
  }
}

/** The last jump host on the way, where the hosts of a run share one connection to it. */
async function openHop(request: MasterRequest): Promise<Share<MasterConnection> | undefined> {
  const { target, options, context, signal, depth = 0 } = request;
  if (options.proxyJump === undefined || context.jumps === undefined) return undefined;
  if (depth >= maxJumps) throw tooManyJumps(target.name);
  const hop = jumpTarget(target.name, options.proxyJump);
  const [address] = hop.addresses;
  const hopOptions = await resolveSshOptions(hop, address, context, { signal });
  const open = (limit: AbortSignal): Promise<MasterConnection> =>
    openMaster({ target: hop, address, options: hopOptions, context, signal: limit, depth: depth + 1 });
  return await shareHop(open, { key: `openssh ${JSON.stringify(hopOptions)}`, context, signal });
}

async function startMaster(request: MasterRequest, hopSocket: string | undefined): Promise<MasterConnection> {
  const { target, options, context, signal } = request;
  const { env, answers } = context;
  const { name, hostKeys = [] } = target;
  const [knowledge, credentials] = await Promise.all([
    lookUpHostKeys(options, { hostKeys, env, answers, signal }),
    gatherCredentials(options),
  ]);
  const directory = await tempDir("flurry-ssh", socketParent());
  const place = directory.path;
  const socket = join(place, "s");
  let master: MasterProcess | undefined;
  try {
    const revoked = knowledge.entries.filter(({ marker }) => marker === "revoked");
    const words = [
      ...aliasWords(options, knowledge),
      ...(await hostKeyWords(
        request,
        place,
        revoked.map(({ key }) => key),
      )),
      ...wayWords(hopSocket),
      ...masterWords(hopSocket === undefined ? request : { ...request, target: withoutJump(target) }, socket),
    ];
    if (signal.aborted) throw abortReason(signal, `connecting to ${name}`);
    master = new MasterProcess(words, { env, ...(context.cwd === undefined ? {} : { cwd: context.cwd }) });
    if (!(await master.untilListening(socket, signal))) {
      const { log } = master;
      throw await opensshError({ name, options, knowledge, credentials, env, log, shownKey: await shownKey(place) });
    }
    const running = master;
    return {
      socket,
      open: (command, bounds) => openMuxChannel({ command, master: running, socket, directory: place, env }, bounds),
      ended: running.ended.then(() => new Error(lastWords(running.log))),
      close: async () => {
        await running.end();
        await directory[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await master?.end();
    await directory[Symbol.asyncDispose]();
    throw error;
  }
}

/** The way over the connection to a jump host that is there. Without it such a client must not connect by itself. */
function wayWords(hopSocket: string | undefined): readonly string[] {
  if (hopSocket === undefined) return [];
  return asWords([`ProxyCommand=ssh -F none -S ${hopSocket} -o ProxyCommand=false -W '[%h]:%p' jump`]);
}

function withoutJump({ jump, sshOptions = [], ...target }: SshTarget): SshTarget {
  void jump;
  return { ...target, sshOptions: formatSshWords(parseSshWords(sshOptions).filter(({ flag }) => flag !== "J")) };
}

/** OpenSSH takes the first value that it finds for a setting, so that ours stand in front. */
function masterWords({ target, address, options, context }: MasterRequest, socket: string): readonly string[] {
  const settings = [
    "BatchMode=yes",
    "ControlPersist=no",
    "PermitLocalCommand=no",
    // Tells which keys were offered, and which command was ended by a signal.
    "LogLevel=DEBUG1",
    ...unattendedSettings(context, options),
  ];
  const user = target.user === undefined ? [] : ["-l", checkUserName(target.user)];
  return ["-M", "-N", "-S", socket, ...asWords(settings), ...targetArguments(target, context), ...user, "--", address];
}

/**
 * Off port 22 OpenSSH takes a key for right as well that is known for the bare name; an alias is looked up as it is. The
 * names in a host certificate would be compared with the alias.
 */
function aliasWords(options: ResolvedSshOptions, { entries }: HostKeyKnowledge): readonly string[] {
  const mayBeCertified =
    options.knownHostsCommand !== undefined || entries.some(({ marker }) => marker === "cert-authority");
  if (options.port === 22 || options.hostKeyAlias !== undefined || mayBeCertified) return [];
  return asWords([`HostKeyAlias=${options.hostKeyName}`]);
}

async function hostKeyWords(
  { target, options }: MasterRequest,
  place: string,
  revoked: readonly PublicKey[],
): Promise<readonly string[]> {
  const isPinned = (target.hostKeys ?? []).length > 0;
  const [file] = options.userKnownHostsFiles;
  // OpenSSH makes no directory for a file that it is to write.
  if (!isPinned && options.strictHostKeyChecking !== "strict" && file !== undefined)
    await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch(() => {});
  const lines = revoked.map((key) => `@revoked ${options.hostKeyName} ${formatPublicKey(key)}`);
  const pinned = isPinned ? await writePinnedKeys(place, target, options, lines) : undefined;
  const settings = hostKeySettings(options, pinned);
  const own = isPinned || options.knownHostsCommand === undefined;
  if (!own || !options.knowsKnownHostsCommand) return asWords(settings);
  // It knows no keys, but writes down the one that is asked for: OpenSSH itself tells only its fingerprint.
  const script = join(place, "shown");
  await writeFile(script, `printf '%s %s\\n' "$1" "$2" >"$0.key"\n`, { mode: 0o600 });
  return asWords([...settings, `KnownHostsCommand=/bin/sh ${script} %t %K`]);
}

async function shownKey(place: string): Promise<PublicKey | undefined> {
  const text = await readFile(join(place, "shown.key"), "utf8").catch(() => "");
  const [type = "", base64 = ""] = text.trim().split(" ");
  return readPublicKey(type, base64);
}

function asWords(settings: readonly string[]): readonly string[] {
  return settings.flatMap((setting) => ["-o", setting]);
}
