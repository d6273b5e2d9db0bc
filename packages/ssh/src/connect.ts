import { deadline, FlurryError } from "@flurry/core";
import type { FlurryErrorCode } from "@flurry/core";

import { openConnection } from "./connection.ts";
import { checkHostName } from "./names.ts";
import { resolveSshOptions, targetArguments } from "./options.ts";
import { parsePublicKey } from "./public-key.ts";
import { Ssh2Session } from "./session.ts";
import type { SshContext, SshTarget } from "./target.ts";
import type { ConnectOptions, SshSession, SshTransport } from "./transport.ts";

const defaultConnectTimeoutMs = 15_000;

/**
 * Failures after which another address may still do, the most telling first: it becomes the code of the whole, since a
 * key that is wrong at one address matters more than silence at another.
 */
const perAddress: readonly FlurryErrorCode[] = [
  "FLURRY_SSH_HOST_KEY_REVOKED",
  "FLURRY_SSH_HOST_KEY_CHANGED",
  "FLURRY_SSH_HOST_KEY_UNKNOWN",
  "FLURRY_SSH_AUTH_FAILED",
  "FLURRY_SSH_IDENTITY_UNUSABLE",
  "FLURRY_SSH_UNREACHABLE",
];

/**
 * Opens a session with a host: a fresh TCP connection (or the user's ProxyJump or ProxyCommand), the host's key checked,
 * the user authenticated with keys. The addresses are tried in their order until one works.
 *
 * @throws FlurryError FLURRY_SSH_UNSAFE_NAME, FLURRY_SSH_CONFIG_INVALID, FLURRY_PROCESS_NOT_FOUND before anything is
 * sent; FLURRY_SSH_UNREACHABLE, FLURRY_SSH_HOST_KEY_UNKNOWN, _CHANGED, _REVOKED, FLURRY_SSH_AUTH_FAILED,
 * FLURRY_SSH_IDENTITY_UNUSABLE, with what happened at each address; FLURRY_TIMEOUT, FLURRY_ABORTED
 */
export async function connect(
  target: SshTarget,
  context: SshContext,
  options: ConnectOptions = {},
): Promise<SshSession> {
  const { name } = target;
  try {
    checkTarget(target, context);
    using limit = deadline(options.timeoutMs ?? Infinity, `connecting to ${name}`, options.signal);
    const failures: FlurryError[] = [];
    for (const address of target.addresses) {
      try {
        return await connectTo(target, { address, context, signal: limit.signal });
      } catch (error) {
        if (limit.signal.aborted || !isPerAddress(error)) throw error;
        failures.push(error);
      }
    }
    throw summary(target, failures);
  } catch (error) {
    throw FlurryError.is(error) ? error.withHost(name) : error;
  }
}

/** Sessions over ssh2, in this process. */
export const ssh2Transport: SshTransport = { connect };

/** Finds mistakes of the caller before anything is started. */
function checkTarget(target: SshTarget, context: SshContext): void {
  if (target.addresses.length === 0)
    throw new FlurryError("FLURRY_SSH_CONFIG_INVALID", `${target.name} has no address`, {
      hint: "Give the host an address or a host name.",
    });
  target.addresses.forEach(checkHostName);
  target.hostKeys?.forEach(parsePublicKey);
  targetArguments(target, context);
}

interface Attempt {
  readonly address: string;
  readonly context: SshContext;
  readonly signal: AbortSignal;
}

async function connectTo(target: SshTarget, { address, context, signal }: Attempt): Promise<SshSession> {
  const options = await resolveSshOptions(target, address, context, { signal });
  const timeoutMs = context.connectTimeoutMs ?? options.connectTimeoutMs ?? defaultConnectTimeoutMs;
  using limit = deadline(timeoutMs, `connecting to ${target.name} at ${address}`, signal);
  try {
    const { hostKeys = [] } = target;
    const connection = await openConnection({ name: target.name, options, hostKeys, context, signal: limit.signal });
    return new Ssh2Session({ name: target.name, address, connection });
  } catch (error) {
    // This address has had its time; the next one gets its own.
    if (limit.signal.aborted && !signal.aborted && FlurryError.is(error) && error.code === "FLURRY_TIMEOUT")
      throw new FlurryError("FLURRY_SSH_UNREACHABLE", error.message, {
        cause: error,
        hint: "The host is off, or a firewall drops what is sent to it; a slow one gets more time by ConnectTimeout.",
      });
    throw error;
  }
}

function isPerAddress(error: unknown): error is FlurryError {
  return FlurryError.is(error) && perAddress.includes(error.code);
}

function summary({ name, addresses }: SshTarget, failures: readonly FlurryError[]): FlurryError {
  const worst = failures.toSorted((a, b) => perAddress.indexOf(a.code) - perAddress.indexOf(b.code)).at(0);
  if (worst === undefined) return new FlurryError("FLURRY_INTERNAL", `no address of ${name} was tried`);
  if (failures.length === 1) return worst;
  const each = failures.map((failure, index) => `${addresses[index]}: ${failure.message}`);
  const message =
    worst.code === "FLURRY_SSH_UNREACHABLE"
      ? `${name} cannot be reached at any of its addresses:\n${each.map((line) => `  ${line}`).join("\n")}`
      : worst.message;
  return new FlurryError(worst.code, message, {
    cause: worst,
    details: [...each, worst.details ?? ""].join("\n").trim(),
    ...(worst.hint === undefined ? {} : { hint: worst.hint }),
    ...(worst.place === undefined ? {} : { place: worst.place }),
  });
}
