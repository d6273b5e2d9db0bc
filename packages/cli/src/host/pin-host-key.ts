import { FlurryError } from "@flurry/core";
import { checkPublicKey, normalizePublicKey } from "@flurry/schema";
import { fingerprint, parsePublicKey } from "@flurry/ssh";
import type { FetchedHostKey, SshContext, SshTarget } from "@flurry/ssh";

import type { HostFlags } from "../command-line/repository-flags.ts";
import type { CliContext } from "../context.ts";
import type { Output } from "../output.ts";
import type { Services } from "../services.ts";

/** The key that a host is known by from now on. */
export interface PinnedKey {
  /** "ssh-ed25519 AAAA…" */
  readonly line: string;
  readonly fingerprint: string;
  /** Who says so. */
  readonly from: "flag" | "known-hosts" | "host";
}

/** What the key of a host is found with. */
export interface PinRequest {
  readonly target: SshTarget;
  readonly ssh: SshContext;
  readonly flags: Pick<HostFlags, "key" | "scan" | "offline" | "yes" | "dryRun">;
  readonly context: Pick<CliContext, "confirm">;
  readonly services: Pick<Services, "fetchHostKey">;
  readonly output: Output;
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Finds out which key a host is to be known by: the one that is given, else the one that it shows and that a person, or
 * known_hosts, says is right.
 *
 * @returns undefined for a host that could not be asked
 * @throws FlurryError FLURRY_USAGE for what is no key, and where nobody can be asked; FLURRY_SSH_HOST_KEY_CHANGED and
 * _REVOKED; FLURRY_ABORTED when the person says no; with `--scan` also FLURRY_SSH_UNREACHABLE
 */
export async function pinHostKey(request: PinRequest): Promise<PinnedKey | undefined> {
  const { flags } = request;
  if (flags.key !== undefined) return givenKey(flags.key);
  if (flags.offline === true) return undefined;
  const shown = await fetchKey(request);
  return shown === undefined ? undefined : await judged(shown, request);
}

function givenKey(key: string): PinnedKey {
  const complaint = checkPublicKey(key);
  if (complaint !== undefined)
    throw new FlurryError("FLURRY_USAGE", `--key: ${complaint.message}`, {
      hint: complaint.hint ?? "for example: --key 'ssh-ed25519 AAAA…'",
    });
  const line = normalizePublicKey(key);
  return { line, fingerprint: fingerprint(parsePublicKey(line).blob), from: "flag" };
}

async function fetchKey(request: PinRequest): Promise<FetchedHostKey | undefined> {
  const { target, ssh, services, flags, warn, signal } = request;
  try {
    return await services.fetchHostKey(target, ssh, { signal });
  } catch (error) {
    if (!FlurryError.is(error) || error.code !== "FLURRY_SSH_UNREACHABLE" || flags.scan === true) throw error;
    warn(`${error.message}; its key is not pinned and its hardware not read`);
    return undefined;
  }
}

async function judged(shown: FetchedHostKey, request: PinRequest): Promise<PinnedKey> {
  const { name } = request.target;
  const { line, fingerprint: print, known, address } = shown;
  const type = line.split(" ")[0] ?? "";
  if (known === "changed" || known === "revoked")
    throw new FlurryError(
      known === "changed" ? "FLURRY_SSH_HOST_KEY_CHANGED" : "FLURRY_SSH_HOST_KEY_REVOKED",
      `${address} shows the ${type} key ${print}, but known_hosts ${known === "changed" ? "has another one for it" : "revokes that one"}`,
      {
        host: name,
        hint: 'somebody may be in between; if you know which key is right, give it: --key "ssh-ed25519 AAAA…"',
      },
    );
  const from = known === "trusted" ? ("known-hosts" as const) : ("host" as const);
  if (known === "new" && request.flags.yes !== true && request.flags.dryRun !== true) await askAPerson(shown, request);
  return { line, fingerprint: print, from };
}

async function askAPerson({ address, line, fingerprint: print }: FetchedHostKey, request: PinRequest): Promise<void> {
  const { target, context, signal } = request;
  const type = line.split(" ")[0] ?? "";
  const question = `${target.name} at ${address} shows the ${type} key\n${print}\nIs that its key? On its console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`;
  const answer = await context.confirm(question, signal);
  if (answer === true) return;
  if (answer === false)
    throw new FlurryError("FLURRY_ABORTED", "the key is not the host's; nothing was changed", { host: target.name });
  throw new FlurryError(
    "FLURRY_USAGE",
    `${address} shows the ${type} key ${print}, and nobody is here to say whether it is right`,
    {
      host: target.name,
      hint: `compare it, then give it: --key ${JSON.stringify(line)}; or believe it: --yes`,
    },
  );
}
