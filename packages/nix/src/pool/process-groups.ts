/** The process groups that the worker threads own, for when a thread is gone and cannot end its own. */
export class ProcessGroups implements Disposable {
  readonly #pids = new Set<number>();

  add(pid: number): void {
    this.#pids.add(pid);
  }

  /** The group has ended. From here on its number may be another's. */
  remove(pid: number): void {
    this.#pids.delete(pid);
  }

  /** Ends a group at once, if it is still known. */
  kill(pid: number): void {
    if (!this.#pids.delete(pid)) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // ESRCH: it has ended.
    }
  }

  /** Ends every group that is left. */
  [Symbol.dispose](): void {
    for (const pid of this.#pids) this.kill(pid);
  }
}
