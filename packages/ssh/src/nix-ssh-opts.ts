import { FlurryError, tempDir } from "@flurry/core";

import { bracketed, checkHostName, checkUserName, userAtHost } from "./names.ts";
import { hostKeySettings, unattendedSettings, writePinnedKeys } from "./openssh-settings.ts";
import { resolveSshOptions, targetArguments } from "./options.ts";
import type { ResolvedSshOptions } from "./options.ts";
import type { SharedConnection } from "./shared-connection.ts";
import type { SshContext, SshTarget } from "./target.ts";

/** What Nix needs to reach a host as we do. Dispose of it when Nix is done: a file goes with it. */
export interface NixSshOpts extends AsyncDisposable {
  /** The value of the environment variable NIX_SSHOPTS. */
  readonly value: string;
  /** The host part of a store URI, `ssh-ng://${storeHost}`: "root@nas", an IPv6 address in brackets. */
  readonly storeHost: string;
}

/** How to make them; see {@link nixSshOpts}. */
export interface NixSshOptsOptions {
  readonly signal?: AbortSignal;
  /** Where a file with pinned host keys may be made; its name must not have blanks. Default: the system's place. */
  readonly directory?: string;
  /** A connection to go over; see `SshSession.share`. Default: each `ssh` opens one of its own. */
  readonly shared?: SharedConnection;
}

/**
 * Words the options of a target for the `ssh` that Nix starts: never asks, goes over a connection of ours or over one
 * of its own, notices a dead peer, trusts the same host keys.
 *
 * @throws FlurryError FLURRY_SSH_CONFIG_INVALID for a value that NIX_SSHOPTS cannot hold, and what
 * {@link resolveSshOptions} throws
 */
export async function nixSshOpts(
  target: SshTarget,
  address: string,
  context: SshContext,
  options: NixSshOptsOptions = {},
): Promise<NixSshOpts> {
  const { signal, directory, shared } = options;
  const resolved = await resolveSshOptions(target, address, context, signal === undefined ? {} : { signal });
  const dir = target.hostKeys?.length ? await tempDir("flurry-known-hosts", directory) : undefined;
  try {
    const pinned = dir === undefined ? undefined : await writePinnedKeys(dir.path, target, resolved);
    const words = nixSshWords({ target, context, resolved, pinnedKeysFile: pinned, shared });
    return {
      value: words.map(checkWord).join(" "),
      storeHost: storeHost(target, address),
      [Symbol.asyncDispose]: async () => dir?.[Symbol.asyncDispose](),
    };
  } catch (error) {
    await dir?.[Symbol.asyncDispose]();
    throw FlurryError.from(error).withHost(target.name);
  }
}

/** What {@link nixSshWords} puts together. */
export interface NixSshWordsSetup {
  readonly target: SshTarget;
  readonly context: SshContext;
  readonly resolved: ResolvedSshOptions;
  readonly pinnedKeysFile: string | undefined;
  readonly shared?: Pick<SharedConnection, "socket" | "mode"> | undefined;
}

/** The words of NIX_SSHOPTS. OpenSSH takes the first value that it finds for a setting, so that ours stand in front. */
export function nixSshWords({ target, context, resolved, pinnedKeysFile, shared }: NixSshWordsSetup): string[] {
  const settings: string[] = [
    "BatchMode=yes",
    "ControlMaster=no",
    `ControlPath=${shared?.socket ?? "none"}`,
    ...unattendedSettings(context, resolved),
    ...hostKeySettings(resolved, pinnedKeysFile),
  ];
  const proxied = shared?.mode === "proxy" ? ["-O", "proxy"] : [];
  return [...proxied, ...settings.flatMap((setting) => ["-o", setting]), ...targetArguments(target, context)];
}

/** Older Nix splits NIX_SSHOPTS at blanks and knows no quotes, newer ones know quotes: no word may have either. */
function checkWord(word: string): string {
  if (!/[\s"'\\]/.test(word) && word !== "") return word;
  throw new FlurryError("FLURRY_SSH_CONFIG_INVALID", `Nix cannot pass the ssh option ${JSON.stringify(word)} on`, {
    hint: "NIX_SSHOPTS takes no blanks, quotes and backslashes: put the option into an OpenSSH configuration file.",
  });
}

function storeHost(target: SshTarget, address: string): string {
  const user = target.user === undefined ? undefined : checkUserName(target.user);
  return userAtHost(user, bracketed(checkHostName(address)));
}
