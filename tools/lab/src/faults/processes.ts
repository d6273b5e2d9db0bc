import type { HostConsole } from "../host-console.ts";
import { LabError } from "../lab-error.ts";
import { keyOnly } from "../ssh-files.ts";

/** What happens to sshd: its listening process is killed or stopped, its unit stopped or started. */
export type SshdFault = "kill" | "kill-all" | "stop" | "start" | "freeze" | "thaw";

// sshd names its processes: "sshd: /usr/sbin/sshd -D ... [listener] 0 of 100-200 startups", "sshd: root@notty".
const signalScript = `
signal=$1 pattern=$2
found=1
for file in /proc/[0-9]*/cmdline; do
  pid=\${file#/proc/}; pid=\${pid%/cmdline}
  [ "$pid" != $$ ] && [ "$pid" != 1 ] || continue
  line=$(tr '\\0' ' ' < "$file" 2> /dev/null) || continue
  case $line in $pattern) kill "-$signal" "$pid" && found=0 ;; esac
done
exit $found`;

/** Breaks the host's sshd or mends it. */
export async function faultSshd(console: HostConsole, fault: SshdFault): Promise<void> {
  switch (fault) {
    case "kill":
      return await signalListener(console, "KILL");
    case "kill-all":
      await signalMatching(console, "KILL", "sshd:*");
      return;
    case "stop":
      await console.output(["systemctl", "stop", "sshd.service"]);
      return;
    case "start":
      await console.output(["systemctl", "start", "sshd.service"]);
      return await awaitSshd(console, "");
    case "freeze":
      return await signalListener(console, "STOP");
    case "thaw":
      return await signalListener(console, "CONT");
  }
}

/** Makes a running sshd read its configuration and its keys again, and waits until it shows the given public key. */
export async function reloadSshd(console: HostConsole, publicKey: string): Promise<void> {
  await signalListener(console, "HUP");
  await awaitSshd(console, keyOnly(publicKey));
}

// Asked on the host itself: it may be cut off from the lab. sshd listens a moment after it has started.
const awaitScript = `
port=$(sshd -T 2> /dev/null | sed -n 's/^port //p' | head -n 1)
i=0
until ssh-keyscan -t ed25519 -p "\${port:-22}" 127.0.0.1 2> /dev/null | grep -qF "ssh-ed25519 $1"; do
  i=$((i + 1)); [ $i -lt 200 ] || exit 1; sleep 0.02
done`;

async function awaitSshd(console: HostConsole, key: string): Promise<void> {
  await console.output(["sh", "-c", awaitScript, "sh", key.replace(/^ssh-ed25519 /, "")]);
}

/**
 * Kills every process of Nix on the host, the daemon included, with SIGKILL. The daemon comes back after a second.
 *
 * @returns whether there was one
 */
export async function killNixProcesses(console: HostConsole): Promise<boolean> {
  return await signalMatching(console, "KILL", "nix-daemon*|nix *|nix-store *|*/nix *|*/nix-store *");
}

async function signalListener(console: HostConsole, signal: string): Promise<void> {
  if (!(await signalMatching(console, signal, "sshd:*listener*")))
    throw new LabError("LAB_COMMAND_FAILED", `no sshd listens on ${console.name}`);
}

async function signalMatching(console: HostConsole, signal: string, pattern: string): Promise<boolean> {
  // A pattern with alternatives has to be part of the script's text.
  const script = signalScript.replace("$pattern)", `${pattern.replaceAll(" ", "\\ ")})`);
  const { exitCode } = await console.run(["sh", "-c", script, "sh", signal, pattern]);
  return exitCode === 0;
}
