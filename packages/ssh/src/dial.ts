import { connect } from "node:net";
import type { Socket } from "node:net";

import { abortReason, FlurryError } from "@flurry/core";

import { placeName } from "./options.ts";
import type { ResolvedSshOptions } from "./options.ts";

/**
 * Opens a TCP connection to the host of some options.
 *
 * @throws FlurryError FLURRY_SSH_UNREACHABLE, or the reason of `signal`
 */
export async function dial(name: string, options: ResolvedSshOptions, signal: AbortSignal): Promise<Socket> {
  const who = placeName(name, options);
  if (signal.aborted) throw abortReason(signal, `connecting to ${who}`);
  const socket = connect({
    host: options.hostname,
    port: options.port,
    noDelay: true,
    keepAlive: true,
    ...(options.bindAddress === undefined ? {} : { localAddress: options.bindAddress }),
    // Node's own 250 ms are too short for a host at the other end of the world.
    ...(options.addressFamily === "any"
      ? { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 2000 }
      : { family: options.addressFamily === "inet" ? 4 : 6 }),
  });
  let onAbort = (): void => {};
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(abortReason(signal, `connecting to ${who}`));
      signal.addEventListener("abort", onAbort, { once: true });
      socket.once("connect", resolve);
      socket.once("error", (cause: NodeJS.ErrnoException) => reject(unreachable(who, cause)));
    });
    return socket;
  } catch (error) {
    // An aborted connection attempt may still fail.
    socket.on("error", () => {});
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  EHOSTUNREACH: "there is no route to it",
  ENETUNREACH: "there is no route to its network",
  ENOTFOUND: "no such host name",
  EAI_AGAIN: "its name cannot be resolved at the moment",
  ETIMEDOUT: "it does not answer",
  ECONNRESET: "it closed the connection",
  EINVAL: "its address needs a zone, as in fe80::1%eth0",
};

const hints: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Check that sshd runs there, and the port.",
  ENOTFOUND: "Check the spelling, or add an address or a Host block with a HostName.",
};

function unreachable(who: string, cause: NodeJS.ErrnoException): FlurryError {
  const errors = cause instanceof AggregateError ? (cause.errors as readonly NodeJS.ErrnoException[]) : [cause];
  const codes = [...new Set(errors.map(({ code, message }) => code ?? message))];
  const hint = codes.map((code) => hints[code]).find((text) => text !== undefined);
  return new FlurryError("FLURRY_SSH_UNREACHABLE", `${who}: ${codes.map((code) => reasons[code] ?? code).join(", ")}`, {
    cause,
    details: errors.map(({ message }) => message).join("\n"),
    ...(hint === undefined ? {} : { hint }),
  });
}
