import type { Duplex } from "node:stream";

import { abortReason, FlurryError } from "@flurry/core";
import { Client } from "ssh2";
import type { ClientErrorExtensions } from "ssh2";

import { chooseAlgorithms } from "./algorithms.ts";
import { authentication } from "./authentication.ts";
import type { Authentication } from "./authentication.ts";
import type { Credentials } from "./credentials.ts";
import { hostKeyError } from "./host-key-error.ts";
import { judgeHostKey, trustedKeyTypes } from "./host-key.ts";
import type { HostKeyKnowledge } from "./host-key.ts";
import { placeName } from "./options.ts";
import type { ResolvedSshOptions } from "./options.ts";
import { keyType } from "./public-key.ts";
import type { PublicKey } from "./public-key.ts";
import { recordHostKey } from "./record-host-key.ts";

/** Everything that is decided before the first byte is sent. */
export interface HandshakeSetup {
  readonly name: string;
  readonly options: ResolvedSshOptions;
  readonly knowledge: HostKeyKnowledge;
  readonly credentials: Credentials;
  readonly keepaliveMs: number;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** An authenticated client. */
export interface ReadyClient {
  readonly client: Client;
  /** Resolves when its connection has ended, with the error that ended it if there was one. Never rejects. */
  readonly ended: Promise<Error | undefined>;
}

/**
 * Speaks SSH over a stream until the user is authenticated. The host's key is always checked, and remembered, where the
 * policy says so, only after the host has proved that it is its own.
 *
 * @throws FlurryError FLURRY_SSH_HOST_KEY_UNKNOWN, _CHANGED, _REVOKED, FLURRY_SSH_AUTH_FAILED,
 * FLURRY_SSH_IDENTITY_UNUSABLE, FLURRY_SSH_UNREACHABLE, FLURRY_SSH_CONFIG_INVALID, or the reason of `signal`;
 * the stream is then destroyed
 */
export async function handshake(stream: Duplex, setup: HandshakeSetup): Promise<ReadyClient> {
  const client = new Client();
  const ended = untilEnded(client);
  const guard = hostKeyGuard(setup);
  const auth = authentication(setup);
  const phase = { encrypted: false };
  client.once("handshake", () => {
    phase.encrypted = true;
  });
  try {
    const algorithms = chooseAlgorithms(setup.options, trustedKeyTypes(setup.knowledge));
    const ready = untilReady(client, stream, setup);
    client.connect({
      sock: stream,
      username: setup.options.user,
      algorithms,
      hostVerifier: guard.verify,
      authHandler: auth.next,
      keepaliveInterval: setup.keepaliveMs,
      keepaliveCountMax: setup.options.serverAliveCountMax,
      // The deadline is the signal's, which covers what comes before as well.
      readyTimeout: 0,
    });
    await ready;
    takeDataForLife(client, stream);
    await guard.remember();
    return { client, ended };
  } catch (error) {
    stream.destroy();
    throw explain(error, { setup, auth, refusal: guard.refusal(), encrypted: phase.encrypted });
  }
}

async function untilEnded(client: Client): Promise<Error | undefined> {
  let cause: Error | undefined;
  // Stays for the life of the client: an error without a listener would end the process.
  client.on("error", (error) => {
    if (error.level !== "agent") cause ??= error;
  });
  await new Promise<void>((resolve) => {
    client.once("close", () => resolve());
  });
  return cause;
}

async function untilReady(client: Client, stream: Duplex, { signal, name }: HandshakeSetup): Promise<void> {
  let onAbort = (): void => {};
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(abortReason(signal, `connecting to ${name}`));
      if (signal.aborted) onAbort();
      // Nothing would ever come from a stream that has ended before anyone listened.
      if (stream.destroyed || stream.readableEnded || !stream.writable) reject(new Error("the connection was closed"));
      signal.addEventListener("abort", onAbort, { once: true });
      client.once("ready", resolve);
      // An agent that fails to sign is no end: the next key is tried.
      client.on("error", (error) => (error.level === "agent" ? undefined : reject(error)));
      client.once("close", () => reject(new Error("the connection was closed")));
    });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * To ssh2 only answers are signs of life, and the answers to its questions wait behind all that was sent before: over a
 * slow line, a copy would cut its own connection.
 */
function takeDataForLife(client: Client, stream: Duplex): void {
  let last = performance.now();
  stream.on("data", () => {
    const now = performance.now();
    if (now - last < 100) return;
    last = now;
    const reset: unknown = Reflect.get(client, "_resetKA");
    if (typeof reset === "function") Reflect.apply(reset, client, []);
  });
}

interface HostKeyGuard {
  readonly verify: (blob: Buffer, answer: (permitted: boolean) => void) => void;
  /** Why the key was refused. */
  refusal(): FlurryError | undefined;
  /** Writes a new key down. */
  remember(): Promise<void>;
}

function hostKeyGuard({ name, options, knowledge, env, signal }: HandshakeSetup): HostKeyGuard {
  let refusal: FlurryError | undefined;
  let unrecorded: PublicKey | undefined;
  const judge = async (blob: Buffer): Promise<boolean> => {
    const key = { type: keyType(blob) ?? "unknown", blob: Buffer.from(blob) };
    const verdict = await judgeHostKey({ key, knowledge, options, env, signal });
    if (verdict.status === "trusted") return true;
    if (verdict.status === "new") {
      unrecorded = key;
      return true;
    }
    refusal = hostKeyError({ name, key, verdict, knowledge, options });
    return false;
  };
  return {
    verify: (blob, answer) => {
      judge(blob).then(answer, (error: unknown) => {
        refusal = FlurryError.from(error);
        answer(false);
      });
    },
    refusal: () => refusal,
    remember: async () => {
      const [file] = options.userKnownHostsFiles;
      if (unrecorded === undefined || file === undefined) return;
      const record = { name: options.hostKeyName, key: unrecorded, hashed: options.hashKnownHosts };
      await recordHostKey(file, record).catch((cause: unknown) => {
        // Whoever turned the check off wants no memory either; else an unremembered key would be new each time.
        if (options.strictHostKeyChecking === "off") return;
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new FlurryError("FLURRY_SSH_CONFIG_INVALID", `the host key of ${name} could not be remembered: ${why}`, {
          place: { file },
          cause,
          hint: "Make the file writable, or name another one as UserKnownHostsFile.",
        });
      });
    },
  };
}

interface Failure {
  readonly setup: HandshakeSetup;
  readonly auth: Authentication;
  readonly refusal: FlurryError | undefined;
  /** The key exchange is done, so that only the authentication can have failed. */
  readonly encrypted: boolean;
}

function explain(thrown: unknown, { setup, auth, refusal, encrypted }: Failure): FlurryError {
  if (FlurryError.is(thrown)) return thrown;
  if (refusal !== undefined) return refusal;
  const error: Error & ClientErrorExtensions = thrown instanceof Error ? thrown : new Error(String(thrown));
  const refused = error.level === "client-authentication" || (encrypted && error.level !== "client-socket");
  if (refused) return auth.error(error);
  const hint = handshakeHint(error.message);
  return new FlurryError("FLURRY_SSH_UNREACHABLE", `${placeName(setup.name, setup.options)}: ${error.message}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

function handshakeHint(message: string): string | undefined {
  if (/no matching/.test(message))
    return "The host and Flurry share no such algorithm; see HostKeyAlgorithms, KexAlgorithms, Ciphers and MACs in `man ssh_config`.";
  if (/before handshake|was closed/.test(message))
    return "Something answers there but hangs up: check the port, and MaxStartups and the log of sshd.";
  return undefined;
}
