import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";

/**
 * Reads `+ PID` and `- PID` lines; at the end of its input it ends the process groups that are left.
 * The input ends when the thread or this process does, however it does: killed by SIGKILL too.
 */
const script = `
trap '' HUP INT TERM
pids=
while read -r change pid; do
  case $change in
    +) pids="$pids $pid" ;;
    -) rest=
       for each in $pids; do [ "$each" = "$pid" ] || rest="$rest $each"; done
       pids=$rest ;;
  esac
done
[ -n "$pids" ] || exit 0
for pid in $pids; do kill -s TERM -- "-$pid" 2>/dev/null; done
sleep 2
for pid in $pids; do kill -s KILL -- "-$pid" 2>/dev/null; done
`;

/**
 * Makes sure that no process group outlives the thread that started it, nor this process. A handler of signals could not:
 * nothing handles SIGKILL, and handlers belong to the program, not to a library. PR_SET_PDEATHSIG reaches only the child
 * itself and only on Linux.
 *
 * It belongs into the thread that starts the groups: what is written right after a start is on its way before anything else
 * can happen.
 */
export class Guardian implements Disposable {
  readonly #child: ChildProcess;

  /** Starts the guard, which has to be there before the first process. */
  constructor({ env }: { readonly env: NodeJS.ProcessEnv }) {
    this.#child = start(env["PATH"] ?? "/usr/bin:/bin");
  }

  /** Takes a process group under guard. */
  add(pid: number): void {
    this.#write(`+ ${pid}`);
  }

  /** The group has ended. From here on its number may be another's. */
  remove(pid: number): void {
    this.#write(`- ${pid}`);
  }

  /** Ends the guard, and with it every group that is left. */
  [Symbol.dispose](): void {
    this.#child.stdin?.end();
  }

  #write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }
}

function start(path: string): ChildProcess {
  // Not through runProcess: that ends what it starts, and this must outlive us.
  const child = spawn("/bin/sh", ["-c", script], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    cwd: "/",
    env: { PATH: path },
  });
  // Without a shell there is no guard, and everything else still works.
  child.on("error", () => {});
  child.stdin.on("error", () => {});
  child.unref();
  if ("unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
  return child;
}
