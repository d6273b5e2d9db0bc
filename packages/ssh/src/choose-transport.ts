import { FlurryError } from "@flurry/core";

import { chooseAlgorithms } from "./algorithms.ts";
import type { ResolvedSshOptions } from "./options.ts";

/** Which program speaks SSH: the library ssh2 in this process, or the installed OpenSSH. */
export interface TransportChoice {
  readonly transport: "ssh2" | "openssh";
  /** Why, for people. */
  readonly reason: string;
}

/** What decides besides the options; see {@link chooseTransport}. */
export interface TransportSituation {
  /** The value of FLURRY_SSH_TRANSPORT. */
  readonly wish: string | undefined;
  /** What there is to log in with and ssh2 cannot use: user certificates and keys on security tokens, as people call them. */
  readonly foreignCredentials: readonly string[];
  /** There is a Kerberos ticket. */
  readonly hasTicket: boolean;
  /** The host is known by an authority that signs its certificates, and by no key of its own. */
  readonly knownByAuthority: boolean;
  /** The target names the host's keys, so that nothing else says which are right. */
  readonly pinned: boolean;
}

/**
 * Chooses ssh2, which starts no process for a connection or a command, unless only OpenSSH can do what is asked.
 *
 * @throws FlurryError FLURRY_SSH_CONFIG_INVALID for a wish that is no transport
 */
export function chooseTransport(options: ResolvedSshOptions, situation: TransportSituation): TransportChoice {
  const { wish } = situation;
  if (wish === "ssh2" || wish === "openssh") return { transport: wish, reason: "FLURRY_SSH_TRANSPORT says so" };
  if (wish !== undefined && wish !== "")
    throw new FlurryError("FLURRY_SSH_CONFIG_INVALID", `FLURRY_SSH_TRANSPORT is ${JSON.stringify(wish)}`, {
      hint: "It may be ssh2 or openssh; unset, Flurry chooses for each host.",
    });
  const reason = reasonForOpenssh(options, situation);
  return reason === undefined
    ? { transport: "ssh2", reason: "nothing asks for more" }
    : { transport: "openssh", reason };
}

function reasonForOpenssh(options: ResolvedSshOptions, situation: TransportSituation): string | undefined {
  const [foreign] = situation.foreignCredentials;
  if (foreign !== undefined) return foreign;
  if (options.pkcs11Provider !== undefined) return `PKCS11Provider is ${options.pkcs11Provider}`;
  if (options.gssapiAuthentication && situation.hasTicket) return "GSSAPIAuthentication is on, and there is a ticket";
  if (options.proxyUseFdpass) return "ProxyUseFdpass is on";
  if (!situation.pinned && options.knownHostsCommand !== undefined) return "a KnownHostsCommand knows the host keys";
  if (!situation.pinned && situation.knownByAuthority) return "an @cert-authority vouches for the host";
  return missingAlgorithm(options);
}

function missingAlgorithm(options: ResolvedSshOptions): string | undefined {
  try {
    chooseAlgorithms(options, new Set());
    return undefined;
  } catch (error) {
    return FlurryError.from(error).message;
  }
}
