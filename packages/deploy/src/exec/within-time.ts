// The shell becomes a program, so that a signal that ends it is seen; what the shell itself can do is a command as well.
const script = 'case $(command -v -- "$1") in /*) exec "$@" ;; *) "$@" ;; esac';

/** The words by which a host itself ends a command after a time, with all that it has started. */
export function withinTime(command: readonly string[], timeoutMs: number): readonly string[] {
  return ["timeout", "-k", "5", String(Math.ceil(timeoutMs / 1000)), "sh", "-c", script, "sh", ...command];
}
