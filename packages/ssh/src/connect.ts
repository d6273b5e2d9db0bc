import { deadline, FlurryError } from "@flurry/core";
import type { FlurryErrorCode } from "@flurry/core";

import { chooseTransport } from "./choose-transport.ts";
import type { CommandConnection } from "./command-channel.ts";
import { openConnection } from "./connection.ts";
import { openMaster } from "./control-master.ts";
import type { MasterRequest } from "./control-master.ts";
import { checkHostName } from "./names.ts";
import { resolveSshOptions, targetArguments } from "./options.ts";
import { parsePublicKey } from "./public-key.ts";
import { HostSession } from "./session.ts";
import { openSsh2Channel } from "./ssh2-channel.ts";
import type { SshContext, SshTarget } from "./target.ts";
import { transportSituation } from "./transport-situation.ts";
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

/** Sessions over ssh2 in this process, or over OpenSSH for what only that can do. */
export const sshTransport: SshTransport = { connect };

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
    const connection = await openBest({ target, address, options, context, signal: limit.signal });
    return new HostSession({
      name: target.name,
      address,
      connection,
      openMaster: async (stop) => {
        using allowed = deadline(timeoutMs, `connecting to ${target.name} at ${address}`, stop);
        return await openMaster({ target, address, options, context, signal: allowed.signal });
      },
    });
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

/** Connects over the transport that can do what the options ask for. */
async function openBest(request: MasterRequest): Promise<CommandConnection> {
  const situation = await transportSituation(request);
  if (chooseTransport(request.options, situation).transport === "openssh") return await openMaster(request);
  try {
    return await openInProcess(request);
  } catch (error) {
    // Only the host knew that they share no algorithm.
    if ((situation.wish ?? "") !== "" || !(FlurryError.is(error) && / no matching /.test(error.message))) throw error;
    return await openMaster(request);
  }
}

async function openInProcess({ target, options, context, signal }: MasterRequest): Promise<CommandConnection> {
  const { name, hostKeys = [] } = target;
  const connection = await openConnection({ name, options, hostKeys, context, signal });
  return { ...connection, open: (command, bounds) => openSsh2Channel(connection.client, command, bounds) };
}

function isPerAddress(error: unknown): error is FlurryError {
  return FlurryError.is(error) && perAddress.includes(error.code);
}

/** What the message does not say already. */
function detailsOf(each: readonly string[], { details = "" }: FlurryError): { readonly details?: string } {
  const text = [...each, details].join("\n").trim();
  return text === "" ? {} : { details: text };
}

function summary({ name, addresses }: SshTarget, failures: readonly FlurryError[]): FlurryError {
  const worst = failures.toSorted((a, b) => perAddress.indexOf(a.code) - perAddress.indexOf(b.code)).at(0);
  if (worst === undefined) return new FlurryError("FLURRY_INTERNAL", `no address of ${name} was tried`);
  if (failures.length === 1) return worst;
  const each = failures.map((failure, index) => `${addresses[index]}: ${failure.message}`);
  const message =
    worst.code === "FLURRY_SSH_UNREACHABLE"
      ? `${name} cannot be reached at any of its addresses:\n${each.map((line) => `  ${line}`).join(";\n")}`
      : worst.message;
  return new FlurryError(worst.code, message, {
    cause: worst,
    ...detailsOf(worst.code === "FLURRY_SSH_UNREACHABLE" ? [] : each, worst),
    ...(worst.hint === undefined ? {} : { hint: worst.hint }),
    ...(worst.place === undefined ? {} : { place: worst.place }),
  });
}
