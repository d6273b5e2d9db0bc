/** The command under timeout(1), in a shell that becomes it: what the shell itself can do is a command as well. */
export function withinTime(command: readonly string[], timeoutMs: number): readonly string[] {
  return ["timeout", "-k", "5", String(Math.ceil(timeoutMs / 1000)), "sh", "-c", '"$@"', "sh", ...command];
}
