import { FlurryError } from "@flurry/core";
import type { FlurryErrorCode } from "@flurry/core";

import { authError } from "./authentication.ts";
import type { Credentials } from "./credentials.ts";
import { hostKeyError } from "./host-key-error.ts";
import { judgeHostKey } from "./host-key.ts";
import type { HostKeyKnowledge } from "./host-key.ts";
import { placeName } from "./options.ts";
import type { ResolvedSshOptions } from "./options.ts";
import type { PublicKey } from "./public-key.ts";

/** A connection that OpenSSH could not make. */
export interface OpensshFailure {
  /** What errors call the host. */
  readonly name: string;
  readonly options: ResolvedSshOptions;
  readonly knowledge: HostKeyKnowledge;
  readonly credentials: Credentials;
  readonly env: NodeJS.ProcessEnv;
  /** What it wrote at LogLevel DEBUG1. */
  readonly log: string;
  /** The host key that it did not know by itself. */
  readonly shownKey: PublicKey | undefined;
}

/** The same typed error that the other transport would have. */
export async function opensshError(failure: OpensshFailure): Promise<FlurryError> {
  const { log } = failure;
  const hostKeyCode = hostKeyCodeOf(log);
  if (hostKeyCode !== undefined) return await refusedHostKey(failure, hostKeyCode);
  if (/^\S+: Permission denied \(|Too many authentication failures/m.test(log)) return refusedUser(failure);
  if (/Bad configuration option|terminating, \d+ bad configuration|Unsupported option/i.test(log))
    return error(failure, "FLURRY_SSH_CONFIG_INVALID");
  return error(failure, "FLURRY_SSH_UNREACHABLE");
}

/** The last thing that OpenSSH said, in Flurry's words where it has some. */
export function lastWords(log: string): string {
  const lines = log
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^(debug\d:|OpenSSH_|Authenticated to )/.test(line));
  const line =
    lines.findLast((text) => !/^Transferred: |^Bytes per second/.test(text))?.trim() ?? "it does not say why";
  return reasons.find(([pattern]) => pattern.test(line))?.[1] ?? line;
}

const reasons: readonly (readonly [RegExp, string])[] = [
  [/^ssh: connect to host .*: Connection refused/, "nothing listens there"],
  [/^ssh: connect to host .*: No route to host/, "there is no route to it"],
  [/^ssh: connect to host .*: Network is unreachable/, "there is no route to its network"],
  [/^ssh: connect to host .*: Connection timed out/, "it does not answer"],
  [/^ssh: Could not resolve hostname/, "no such host name"],
  [/^Timeout, server .* not responding/, "Keepalive timeout"],
];

function hostKeyCodeOf(log: string): FlurryErrorCode | undefined {
  if (/REVOKED HOST KEY DETECTED|^Host key .* revoked by file/m.test(log)) return "FLURRY_SSH_HOST_KEY_REVOKED";
  if (/in revoked keys file/.test(log)) return "FLURRY_SSH_CONFIG_INVALID";
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(log)) return "FLURRY_SSH_HOST_KEY_CHANGED";
  return /^Host key verification failed/m.test(log) ? "FLURRY_SSH_HOST_KEY_UNKNOWN" : undefined;
}

async function refusedHostKey(failure: OpensshFailure, code: FlurryErrorCode): Promise<FlurryError> {
  const { name, options, knowledge, env, shownKey: key } = failure;
  if (key !== undefined) {
    const verdict = await judgeHostKey({ key, knowledge, options, env });
    if (verdict.status !== "trusted" && verdict.status !== "new")
      return hostKeyError({ name, key, verdict, knowledge, options });
  }
  return error(failure, code);
}

function refusedUser({ name, options, credentials, log }: OpensshFailure): FlurryError {
  const offered = [...log.matchAll(/^debug1: Offering public key: (.*?) \S+ (SHA256:\S+)/gm)].map(
    ([, from = "", print = ""]) =>
      credentials.offers.find(({ label }) => label.startsWith(`${print} `))?.label ?? `${print} (${from})`,
  );
  const accepted =
    [...log.matchAll(/^debug1: Authentications that can continue: (.*)$/gm)].at(-1)?.[1]?.split(",") ?? [];
  const tooMany = /Too many authentication failures/.exec(log)?.[0];
  return authError({
    name,
    options,
    credentials,
    offered,
    accepted,
    wantsMore: /with partial success/.test(log),
    cause: new Error(tooMany ?? lastWords(log)),
  });
}

function error({ name, options, log }: OpensshFailure, code: FlurryErrorCode): FlurryError {
  const said = log
    .split("\n")
    .filter((line) => !line.startsWith("debug"))
    .join("\n")
    .trim();
  return new FlurryError(code, `${placeName(name, options)}: ${lastWords(log)}`, {
    details: said,
    ...(code === "FLURRY_SSH_UNREACHABLE" ? {} : { hint: `\`ssh ${options.address}\` shows the same.` }),
  });
}
