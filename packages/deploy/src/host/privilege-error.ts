import { FlurryError } from "@flurry/core";
import type { Host } from "@flurry/schema";
import type { ExecResult } from "@flurry/ssh";

/** Why a command that should have run as the deployment's user did not run. */
export function privilegeError(host: Host, result: ExecResult): FlurryError {
  const { user, sudo } = host.deploy;
  const said = result.stderr.trim();
  const last = said.split("\n").at(-1) ?? "";
  const tool = sudo[0] ?? "sudo";
  const refused = /password|not allowed|not in the sudoers|permission denied|not permitted|may not run/i.test(said);
  if (refused || (result.exitCode === 127 && said.includes(tool))) {
    return new FlurryError("FLURRY_SUDO_REFUSED", `${tool} does not let the ssh user act as ${user}: ${last}`, {
      host: host.name,
      hint: `Deploy as ${user} (sshUser: ${user}), or let the ssh user run commands as ${user} without a password.`,
      details: said,
    });
  }
  return new FlurryError(
    "FLURRY_REMOTE_COMMAND_FAILED",
    `the host's shell ended with ${ending(result)}: ${last || "it said nothing"}`,
    {
      host: host.name,
      hint: "Check that the ssh user has a POSIX shell to log in with.",
      details: said,
    },
  );
}

function ending({ exitCode, signal }: ExecResult): string {
  return exitCode === null ? `signal ${signal ?? "unknown"}` : `exit code ${exitCode}`;
}
