import { FlurryError } from "@flurry/core";
import type { Host } from "@flurry/schema";
import type { ExecResult } from "@flurry/ssh";

/** How the host is entered: over ssh, or it is this very machine. */
type Way = "ssh" | "local";

/** Why a command that should have run as the deployment's user did not run. */
export function privilegeError(host: Host, result: ExecResult, way: Way = "ssh"): FlurryError {
  const { user, sudo } = host.deploy;
  const said = result.stderr.trim();
  const last = said.split("\n").at(-1) ?? "";
  const tool = sudo[0] ?? "sudo";
  const refused =
    /password|not allowed|not in the sudoers|permission denied|not permitted|may not run|authentication required|authorization required|access denied/i.test(
      said,
    );
  if (refused || (result.exitCode === 127 && said.includes(tool))) {
    return new FlurryError(
      "FLURRY_SUDO_REFUSED",
      `${tool} does not let ${way === "ssh" ? "the ssh user" : "you"} act as ${user}: ${last}`,
      {
        host: host.name,
        hint: way === "ssh" ? wayOut(host, said) : localWayOut(host, said),
        details: said,
      },
    );
  }
  return new FlurryError(
    "FLURRY_REMOTE_COMMAND_FAILED",
    `the host's shell ended with ${ending(result)}: ${last || "it said nothing"}`,
    {
      host: host.name,
      ...(way === "ssh" ? { hint: "Check that the ssh user has a POSIX shell to log in with." } : {}),
      details: said,
    },
  );
}

function wayOut({ deploy: { user, sudo, askSudoPassword } }: Host, said: string): string {
  const tool = sudo[0] ?? "sudo";
  if (/not found/i.test(said))
    return `Install ${tool} on the host, name another program as \`sudo\`, or deploy as ${user}.`;
  if (/incorrect password|try again|no password was provided/i.test(said))
    return "The password is wrong; run it again.";
  const trusts = trustOf(tool);
  if (trusts !== undefined) return `${trusts}, or deploy as ${user} (sshUser: ${user}).`;
  if (/password/i.test(said) && !askSudoPassword)
    return `Give the password with --ask-sudo-password, let the rule that \`flurry sudoers\` prints stand in the host's configuration, or deploy as ${user} (sshUser: ${user}).`;
  return `Let the rule that \`flurry sudoers\` prints stand in the host's configuration, or deploy as ${user} (sshUser: ${user}).`;
}

/** How a host lets somebody use a tool that takes its password from a terminal only. */
function trustOf(tool: string): string | undefined {
  const name = tool.slice(tool.lastIndexOf("/") + 1);
  if (name === "doas") return "Let what `flurry sudoers --format doas` prints stand in the host's doas.conf";
  if (name !== "run0" && name !== "pkexec") return undefined;
  const action = name === "run0" ? "org.freedesktop.systemd1.manage-units" : "org.freedesktop.policykit.exec";
  return `Let a polkit rule of the host allow the ssh user ${action} without a password`;
}

function localWayOut({ deploy: { user } }: Host, said: string): string {
  if (/incorrect password|try again|no password was provided/i.test(said))
    return "The password is wrong; run it again.";
  return `Run it as ${user}, or give the password with --ask-sudo-password.`;
}

/** The error of a sudo that wants a password when there is no terminal. */
export function nobodyToAsk({ name, deploy: { user } }: Host): FlurryError {
  return new FlurryError("FLURRY_SUDO_REFUSED", "sudo asks for a password and there is no terminal to ask for it", {
    host: name,
    hint: `Run it on a terminal, let the rule that \`flurry sudoers\` prints stand in the host's configuration, or deploy as ${user}.`,
  });
}

function ending({ exitCode, signal }: ExecResult): string {
  return exitCode === null ? `signal ${signal ?? "unknown"}` : `exit code ${exitCode}`;
}
