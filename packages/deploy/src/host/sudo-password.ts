import { randomBytes } from "node:crypto";

import { FlurryError, shellCommand } from "@flurry/core";
import type { Host } from "@flurry/schema";

/**
 * Gives the password of a host's ssh user for sudo, asking for it where it is not known yet; undefined when there is
 * nobody to ask. It is kept in memory only.
 */
export type SudoPassword = (host: Host, signal: AbortSignal) => Promise<string | undefined>;

/** A command line and what goes to its standard input. */
export interface PrivilegedCommand {
  readonly command: string;
  readonly stdin: Buffer;
}

/** The words of a sudo that reads a password from its standard input, for one that must not ask. */
function askingSudo({ name, deploy: { sudo } }: Host): readonly string[] {
  const [tool = "", ...options] = sudo;
  if (!/(?:^|\/)sudo$/.test(tool))
    throw new FlurryError("FLURRY_SUDO_REFUSED", `${tool} takes its password from a terminal only`, {
      host: name,
      hint: `Let ${tool} trust the ssh user without a password (for doas: permit nopass), or use sudo.`,
    });
  return [tool, "-S", "-p", "", ...options.filter((word) => word !== "-n" && word !== "--non-interactive")];
}

/** Asks sudo whether the password is right, with nothing behind it that sudo could take for a second attempt. */
export function checkOfPassword(host: Host, password: string): PrivilegedCommand {
  return { command: shellCommand([...askingSudo(host), "true"]), stdin: Buffer.from(`${password}\n`) };
}

// What sudo has not read, because it did not ask this time, is read away before the command gets to see its input.
const behindMark = 'while IFS= read -r line; do if [ "$line" = "$0" ]; then unset line; exec "$@"; fi; done; exit 1';

/**
 * Runs words through a sudo that may ask for the password or not. Neither the password nor anything made from it is in
 * the command line or the environment of any process; it goes over the connection, to sudo's standard input.
 */
export function withPassword(
  host: Host,
  words: readonly string[],
  { password, stdin = "" }: { readonly password: string; readonly stdin?: string | Uint8Array },
): PrivilegedCommand {
  const mark = `flurry-${randomBytes(16).toString("hex")}`;
  return {
    command: shellCommand([...askingSudo(host), "sh", "-c", behindMark, mark, ...words]),
    stdin: Buffer.concat([Buffer.from(`${password}\n${mark}\n`), Buffer.from(stdin)]),
  };
}
