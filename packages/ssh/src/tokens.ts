import { createHash } from "node:crypto";
import { homedir, hostname, userInfo } from "node:os";

import { FlurryError } from "@flurry/core";

/** What the tokens of ssh_config(5), section TOKENS, stand for. */
export interface TokenValues {
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  /** The name as it was given, before `HostName`. */
  readonly original: string;
  readonly hostKeyAlias: string | undefined;
  readonly proxyJump: string | undefined;
  readonly local: LocalUser;
}

/** Who runs Flurry, as the system's user database has it. */
export interface LocalUser {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
  readonly hostname: string;
}

/** Reads {@link LocalUser}. Like OpenSSH it takes the home directory of the user database, not that of `HOME`. */
export function localUser(): LocalUser {
  const { username, uid, homedir: home } = userInfo();
  return { name: username, uid, home: home || homedir(), hostname: hostname() };
}

/**
 * Expands a `ProxyCommand`, which knows only %% %h %n %p %r.
 *
 * @throws FlurryError FLURRY_SSH_CONFIG_INVALID for another token
 */
export function expandProxyCommand(command: string, values: TokenValues): string {
  return expand(command, {
    "%": "%",
    h: values.hostname,
    n: values.original,
    p: String(values.port),
    r: values.user,
  });
}

/**
 * Expands `~`, `%` tokens and `${VARIABLES}` in the name of an identity file or of an agent's socket.
 *
 * @throws FlurryError FLURRY_SSH_CONFIG_INVALID for an unknown token or an unset variable
 */
export function expandFileName(name: string, values: TokenValues, env: NodeJS.ProcessEnv): string {
  const { local } = values;
  const home = name === "~" || name.startsWith("~/") ? local.home + name.slice(1) : name;
  const expanded = expand(home, {
    "%": "%",
    C: connectionHash(values),
    d: local.home,
    h: values.hostname,
    i: String(local.uid),
    j: values.proxyJump ?? "",
    k: values.hostKeyAlias ?? values.original,
    L: local.hostname.split(".")[0] ?? "",
    l: local.hostname,
    n: values.original,
    p: String(values.port),
    r: values.user,
    u: local.name,
  });
  return expanded.replaceAll(/\$\{([^}]*)\}/g, (_, variable: string) => {
    const value = env[variable];
    if (value === undefined) throw invalid(name, `the environment variable ${variable}, which is not set`);
    return value;
  });
}

function expand(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/%(.?)/g, (token, letter: string) => {
    const value = Object.hasOwn(values, letter) ? values[letter] : undefined;
    if (value === undefined) throw invalid(text, `${token}, which means nothing here`);
    return value;
  });
}

/** %C as OpenSSH up to 9.5 has it; later ones add the jump host, which is empty for most. */
function connectionHash({ local, hostname, port, user, proxyJump }: TokenValues): string {
  return createHash("sha1")
    .update(`${local.hostname}${hostname}${port}${user}${proxyJump ?? ""}`)
    .digest("hex");
}

function invalid(text: string, what: string): FlurryError {
  return new FlurryError("FLURRY_SSH_CONFIG_INVALID", `the OpenSSH configuration has ${text} with ${what}`, {
    hint: "See TOKENS and ENVIRONMENT VARIABLES in `man ssh_config`.",
  });
}
