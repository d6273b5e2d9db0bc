import type { Duplex } from "node:stream";

import { FlurryError, sleep } from "@flurry/core";
import type { Client } from "ssh2";

import { gatherCredentials } from "./credentials.ts";
import { dial } from "./dial.ts";
import { handshake } from "./handshake.ts";
import type { ReadyClient } from "./handshake.ts";
import { lookUpHostKeys } from "./host-key.ts";
import { jumpTarget, maxJumps, shareHop, tooManyJumps } from "./jump-host.ts";
import { parseJumpHosts } from "./names.ts";
import { placeName, resolveSshOptions } from "./options.ts";
import type { ResolvedSshOptions } from "./options.ts";
import { ProxyCommandStream } from "./proxy-command.ts";
import type { SshContext } from "./target.ts";

/** An authenticated connection and, behind it, everything that it goes through. */
export interface Connection {
  readonly client: Client;
  /** Resolves when the connection has ended, with the error that ended it if there was one. Never rejects. */
  readonly ended: Promise<Error | undefined>;
  close(): Promise<void>;
}

/** What a connection is made from; see {@link openConnection}. */
export interface ConnectionRequest {
  readonly name: string;
  readonly options: ResolvedSshOptions;
  readonly hostKeys: readonly string[];
  readonly context: SshContext;
  readonly signal: AbortSignal;
  /** Jump hosts that lie on the way already: a host that jumps through itself would never end. */
  readonly depth?: number;
}

const defaultKeepaliveMs = 15_000;

/**
 * Connects to one address: finds a way there, checks the host's key, authenticates.
 *
 * @throws FlurryError of the kinds that {@link handshake} and {@link dial} have
 */
export async function openConnection(request: ConnectionRequest): Promise<Connection> {
  const { name, options, hostKeys, context, signal } = request;
  const { env, answers } = context;
  const knowing = lookUpHostKeys(options, { hostKeys, env, answers, signal });
  const preparing = Promise.all([knowing, gatherCredentials(options)]);
  // Awaited below; until then a failure must not count as unhandled.
  preparing.catch(() => {});
  const way = await findWay(request);
  // It may break while nobody else listens.
  way.stream.on("error", () => {});
  try {
    const [knowledge, credentials] = await preparing;
    const keepaliveMs = context.keepaliveMs ?? options.serverAliveIntervalMs ?? defaultKeepaliveMs;
    const setup = { name, options, knowledge, credentials, keepaliveMs, env, signal };
    const { client, ended } = await handshake(way.stream, setup);
    return { client, ended, close: () => closeConnection({ client, ended, way }) };
  } catch (error) {
    way.stream.destroy();
    await way.close();
    throw withProxyLog(error, way);
  }
}

/** A stream to a host and what must be closed after it. */
export interface Way {
  readonly stream: Duplex;
  close(): Promise<void>;
}

/**
 * Opens a stream to one address: straight, through jump hosts or a command, as its options say.
 *
 * @throws FlurryError FLURRY_SSH_UNREACHABLE, FLURRY_SSH_CONFIG_INVALID, and those of the handshake with a jump host
 */
export async function findWay(request: ConnectionRequest): Promise<Way> {
  const { name, options, context, signal } = request;
  if (options.proxyUseFdpass)
    throw new FlurryError(
      "FLURRY_SSH_CONFIG_INVALID",
      `${name} is reached with ProxyUseFdpass, which only OpenSSH can`,
      {
        hint: "Let the ProxyCommand pass the data itself, use ProxyJump, or leave FLURRY_SSH_TRANSPORT unset.",
      },
    );
  if (options.proxyCommand !== undefined) {
    const stream = new ProxyCommandStream(options.proxyCommand, context.env);
    return { stream, close: () => endProxy(stream) };
  }
  if (options.proxyJump !== undefined) return jump(request, options.proxyJump);
  const stream = await dial(name, options, signal);
  return { stream, close: async () => {} };
}

/** Goes through the last jump host, which is itself reached through those before it. */
async function jump(request: ConnectionRequest, proxyJump: string): Promise<Way> {
  const { name, context, signal, depth = 0 } = request;
  const jumps = parseJumpHosts(proxyJump).length;
  const target = jumpTarget(name, proxyJump);
  if (depth >= maxJumps) throw tooManyJumps(name);
  const hopOptions = await resolveSshOptions(target, target.addresses[0], context, { signal });
  const openHop = (limit: AbortSignal): Promise<Connection> => {
    const way = { name: target.name, options: hopOptions, hostKeys: [], context, depth: depth + jumps };
    return openConnection({ ...way, signal: limit });
  };
  const share = await shareHop(openHop, { key: JSON.stringify(hopOptions), context, signal });
  try {
    const stream = await forward(share.value.client, request, placeName(target.name, hopOptions));
    return { stream, close: () => share.release() };
  } catch (error) {
    await share.release();
    throw error;
  }
}

async function forward(hop: Client, { name, options, signal }: ConnectionRequest, via: string): Promise<Duplex> {
  let onAbort = (): void => {};
  try {
    return await new Promise<Duplex>((resolve, reject) => {
      const refuse = (cause: unknown): void => {
        const why = cause instanceof Error ? cause.message.replace("(SSH) Channel open failure: ", "") : String(cause);
        reject(
          new FlurryError("FLURRY_SSH_UNREACHABLE", `${placeName(name, options)}: ${via} cannot reach it: ${why}`, {
            cause,
            hint: "Check the address as the jump host sees it, and AllowTcpForwarding in its sshd_config.",
          }),
        );
      };
      onAbort = () => reject(FlurryError.from(signal.reason));
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        hop.forwardOut("127.0.0.1", 0, options.hostname, options.port, (error, channel) =>
          error === undefined || error === null ? resolve(channel) : refuse(error),
        );
      } catch (error) {
        refuse(error);
      }
    });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function closeConnection({ client, ended, way }: ReadyClient & { readonly way: Way }): Promise<void> {
  if (!way.stream.destroyed && way.stream.writable) {
    client.end();
    // A peer that does not answer the goodbye is left alone. The timer must not outlive the wait: it keeps the program up.
    const answered = new AbortController();
    const patience = sleep(500, answered.signal).catch(() => {});
    await Promise.race([ended, patience]);
    answered.abort();
  }
  way.stream.destroy();
  await way.close();
}

async function endProxy(stream: ProxyCommandStream): Promise<void> {
  stream.destroy();
  await stream.ended;
}

function withProxyLog(error: unknown, way: Way): unknown {
  if (!(way.stream instanceof ProxyCommandStream) || way.stream.log === "" || !FlurryError.is(error)) return error;
  if (error.code !== "FLURRY_SSH_UNREACHABLE" && error.code !== "FLURRY_TIMEOUT") return error;
  return new FlurryError(error.code, `${error.message} (the ProxyCommand says: ${way.stream.log})`, {
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}
