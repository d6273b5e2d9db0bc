import type { SudoPassword } from "@flurry/deploy";
import type { Host } from "@flurry/schema";

import type { CliContext } from "../context.ts";
import type { CommandStart } from "./start-command.ts";

/** Asks for the password of each ssh user once. It stays in the memory of this process. */
export function askOnce(ask: CliContext["askSecret"]): SudoPassword {
  const asked = new Map<string, Promise<string | undefined>>();
  return async (host, signal) => {
    const user = userOf(host);
    const known = asked.get(user) ?? ask(`sudo password${user === "" ? "" : ` of ${user}`} on the hosts`, signal);
    asked.set(user, known);
    return await known;
  };
}

/** Asks before anything is shown that a question would get in the way of; what is not asked now is asked when it is needed. */
export async function askSudoPasswords({ hosts, ssh, interruption }: CommandStart): Promise<void> {
  const asking = hosts.filter(({ deploy }) => deploy.askSudoPassword && deploy.sshUser !== deploy.user);
  for (const host of asking) await ssh.sudoPassword?.(host, interruption.signal);
}

function userOf({ deploy }: Host): string {
  return deploy.sshUser ?? "";
}
