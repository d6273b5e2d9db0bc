import type { Duplex } from "node:stream";

import { abortReason, deadline, FlurryError } from "@flurry/core";
import { Client } from "ssh2";

import { chooseAlgorithms } from "./algorithms.ts";
import { findWay } from "./connection.ts";
import { judgeHostKey, lookUpHostKeys } from "./host-key.ts";
import { placeName, resolveSshOptions } from "./options.ts";
import type { ResolvedSshOptions } from "./options.ts";
import { fingerprint, formatPublicKey, keyType } from "./public-key.ts";
import type { SshContext, SshTarget } from "./target.ts";
import type { ConnectOptions } from "./transport.ts";

/** The key that a host shows to whoever connects. */
export interface FetchedHostKey {
  /** The address at which it answered. */
  readonly address: string;
  /** "ssh-ed25519 AAAA…" */
  readonly line: string;
  /** "SHA256:…", as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** Whether the known_hosts files know it: `trusted`, `new`, or `changed` where they know another one. */
  readonly known: "trusted" | "new" | "changed" | "revoked";
}

const defaultTimeoutMs = 15_000;

/**
 * Asks a host for its public key, an ed25519 one where it has one, and logs in to nothing. Whoever is in between could
 * show another key: a person has to compare it, unless `known` is `trusted`.
 *
 * @throws FlurryError FLURRY_SSH_UNREACHABLE when no address answers as an SSH host; FLURRY_SSH_UNSAFE_NAME,
 * FLURRY_SSH_CONFIG_INVALID, FLURRY_ABORTED
 */
export async function fetchHostKey(
  target: SshTarget,
  context: SshContext,
  options: ConnectOptions = {},
): Promise<FetchedHostKey> {
  const failures: FlurryError[] = [];
  for (const address of target.addresses) {
    try {
      return await fetchFrom(address, { target, context, ...options });
    } catch (error) {
      const failure = FlurryError.from(error).withHost(target.name);
      if (options.signal?.aborted === true || !unreached.has(failure.code)) throw failure;
      failures.push(failure);
    }
  }
  const [first] = failures;
  if (first !== undefined && failures.length === 1 && first.code === "FLURRY_SSH_UNREACHABLE") throw first;
  throw new FlurryError("FLURRY_SSH_UNREACHABLE", `${target.name} shows no key at ${target.addresses.join(", ")}`, {
    host: target.name,
    details: failures.map(({ message }) => message).join("\n"),
    cause: first,
  });
}

const unreached = new Set(["FLURRY_SSH_UNREACHABLE", "FLURRY_TIMEOUT"]);

interface Fetch extends ConnectOptions {
  readonly target: SshTarget;
  readonly context: SshContext;
}

async function fetchFrom(address: string, { target, context, signal, timeoutMs }: Fetch): Promise<FetchedHostKey> {
  const limits = signal === undefined ? {} : { signal };
  const options = await resolveSshOptions(target, address, context, limits);
  using limit = deadline(
    timeoutMs ?? context.connectTimeoutMs ?? defaultTimeoutMs,
    `asking ${address} for its key`,
    signal,
  );
  const { name } = target;
  const knowledge = await lookUpHostKeys(options, { hostKeys: [], env: context.env, ...limits });
  const way = await findWay({ name, options, hostKeys: [], context, signal: limit.signal });
  way.stream.on("error", () => {});
  try {
    const blob = await shownKey(way.stream, { name, options, signal: limit.signal });
    const key = { type: keyType(blob) ?? "unknown", blob };
    const verdict = await judgeHostKey({ key, knowledge, options, env: context.env, ...limits });
    const known = verdict.status === "unknown" || verdict.status === "not-pinned" ? "new" : verdict.status;
    return { address, line: formatPublicKey(key), fingerprint: fingerprint(blob), known };
  } finally {
    way.stream.destroy();
    await way.close();
  }
}

interface Shown {
  readonly name: string;
  readonly options: ResolvedSshOptions;
  readonly signal: AbortSignal;
}

/** Begins a handshake and ends it as soon as the host has shown its key. */
async function shownKey(stream: Duplex, { name, options, signal }: Shown): Promise<Buffer> {
  const client = new Client();
  let onAbort = (): void => {};
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const fail = (why: string, cause?: Error): void =>
        reject(new FlurryError("FLURRY_SSH_UNREACHABLE", `${placeName(name, options)}: ${why}`, { cause }));
      onAbort = () => reject(abortReason(signal, `asking ${name} for its key`));
      signal.addEventListener("abort", onAbort, { once: true });
      // Stays for the life of the client: an error without a listener would end the process.
      client.on("error", (error) => fail(error.message, error));
      client.once("close", () => fail("it closed the connection without showing a key"));
      client.connect({
        sock: stream,
        username: options.user,
        algorithms: chooseAlgorithms(options, new Set(["ssh-ed25519"])),
        hostVerifier: (blob: Buffer, answer: (permitted: boolean) => void) => {
          resolve(Buffer.from(blob));
          answer(false);
        },
        readyTimeout: 0,
      });
    });
  } finally {
    signal.removeEventListener("abort", onAbort);
    client.destroy();
  }
}
