import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";

/**
 * Reads `+ PID` and `- PID` lines; at the end of its input it ends the process groups that are left.
 * The input ends when this process does, however it does: killed by SIGKILL too.
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
 * Makes sure that no process group outlives this process. A handler of signals could not: nothing handles SIGKILL, and
 * handlers belong to the program, not to a library. PR_SET_PDEATHSIG reaches only the child itself and only on Linux.
 */
export class Guardian implements Disposable {
  readonly #pids = new Set<number>();
  readonly #path: string;
  #child: ChildProcess | undefined;

  constructor({ env }: { readonly env: NodeJS.ProcessEnv }) {
    this.#path = env["PATH"] ?? "/usr/bin:/bin";
  }

  /** Takes a process group under guard. */
  add(pid: number): void {
    this.#pids.add(pid);
    this.#write(`+ ${pid}`);
  }

  /** The group has ended. From here on its number may be another's. */
  remove(pid: number): void {
    if (this.#pids.delete(pid)) this.#write(`- ${pid}`);
  }

  /** Ends a group at once, for when the thread that owned it is gone. */
  kill(pid: number): void {
    if (!this.#pids.has(pid)) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // ESRCH: it has ended.
    }
    this.remove(pid);
  }

  /** Ends every group that is left, and the guard. */
  [Symbol.dispose](): void {
    for (const pid of this.#pids) this.kill(pid);
    this.#child?.stdin?.end();
    this.#child = undefined;
  }

  #write(line: string): void {
    this.#child ??= this.#start();
    this.#child.stdin?.write(`${line}\n`);
  }

  #start(): ChildProcess {
    // Not through runProcess: that ends what it starts, and this must outlive us.
    const child = spawn("/bin/sh", ["-c", script], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      cwd: "/",
      env: { PATH: this.#path },
    });
    // Without a shell there is no guard, and everything else still works.
    child.on("error", () => {});
    child.stdin.on("error", () => {});
    child.unref();
    if ("unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
    return child;
  }
}
