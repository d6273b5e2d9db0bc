import { FlurryError } from "@flurry/core";
import type { AnyAuthMethod, AuthHandlerMiddleware } from "ssh2";

import type { Credentials } from "./credentials.ts";
import { placeName } from "./options.ts";
import type { ResolvedSshOptions } from "./options.ts";

/** Offers credentials one by one, and remembers how that went. */
export interface Authentication {
  /** For ssh2: asks for the next attempt. */
  readonly next: AuthHandlerMiddleware;
  /** The error of a host that took none of them. */
  error(cause: Error): FlurryError;
}

/** Who authenticates where; see {@link authentication}. */
export interface AuthenticationSetup {
  readonly name: string;
  readonly options: Pick<ResolvedSshOptions, "hostname" | "port" | "user">;
  readonly credentials: Credentials;
}

/** Offers keys first and nothing ("none") last: most hosts take a key, and each attempt costs a round trip. */
export function authentication({ name, options, credentials }: AuthenticationSetup): Authentication {
  const left: AnyAuthMethod[] = [
    ...credentials.offers.map(({ method }) => method),
    { type: "none", username: options.user },
  ];
  let accepted: readonly string[] = [];
  let wantsMore = false;
  return {
    next: (methodsLeft: readonly string[] | null, partialSuccess, next) => {
      accepted = methodsLeft ?? accepted;
      wantsMore ||= partialSuccess;
      const method = left.shift();
      // The types do not know that `false` says there is nothing more to try.
      next(method ?? (false as never));
    },
    error: (cause) => {
      const offered = credentials.offers.slice(0, credentials.offers.length - Math.max(0, left.length - 1));
      return authError({
        name,
        options,
        credentials,
        offered: offered.map(({ label }) => label),
        accepted,
        wantsMore,
        cause,
      });
    },
  };
}

/** How it failed; see {@link authError}. */
export interface AuthFailure extends AuthenticationSetup {
  /** Labels of the keys that were offered. */
  readonly offered: readonly string[];
  /** Methods that the host would accept. */
  readonly accepted: readonly string[];
  /** A key was right, but the host wants something more. */
  readonly wantsMore: boolean;
  readonly cause: Error;
}

/** The error of a host that took none of the keys. */
export function authError({
  name,
  options,
  credentials,
  offered,
  accepted,
  wantsMore,
  cause,
}: AuthFailure): FlurryError {
  const who = `${options.user}@${placeName(name, options)}`;
  const { notes } = credentials;
  const would = accepted.length === 0 ? "" : `; it would accept ${accepted.join(", ")}`;
  const details = [...offered.map((label) => `Offered: ${label}`), ...notes].join("\n");
  if (offered.length === 0) {
    const unusable = notes.length > 0;
    return new FlurryError(
      unusable ? "FLURRY_SSH_IDENTITY_UNUSABLE" : "FLURRY_SSH_AUTH_FAILED",
      `there is no usable key to offer to ${who}${unusable ? `: ${notes.join(" ")}` : ""}${would}`,
      {
        cause,
        details,
        hint: "Add the key to an agent with `ssh-add FILE`, or name an unencrypted key file as identity file.",
      },
    );
  }
  return new FlurryError("FLURRY_SSH_AUTH_FAILED", `${who} refused ${offered.join(", ")}${would}${cutShort(cause)}`, {
    cause,
    details,
    hint: wantsMore
      ? "The host took a key but asks for a second factor, which nobody can enter here."
      : authHint(cause, who),
  });
}

function cutShort(cause: Error): string {
  return isTooMany(cause) ? `; ${cause.message}` : "";
}

function isTooMany(cause: Error): boolean {
  return /too many authentication failures/i.test(cause.message);
}

function authHint(cause: Error, who: string): string {
  return isTooMany(cause)
    ? "The agent has too many keys; set IdentitiesOnly=yes and name the right one as identity file."
    : `Put the public half of one of these keys into the authorized keys of ${who.split("@")[0]} on the host, or name another user or identity file.`;
}
