import { readFile } from "node:fs/promises";

/** Watches one process from outside through /proc; where there is none it sees nothing. */
export interface ProcessWatch extends Disposable {
  /** The most memory that the process was seen to hold. */
  readonly peakRssBytes: number | undefined;
}

/** How to watch; see {@link watchProcess}. */
export interface WatchOptions {
  readonly intervalMs?: number;
  /** Called when the process moved bytes since the last look. */
  readonly onBytesMoved?: () => void;
}

/**
 * Looks at a process now and then. An evaluation grows until its end, so that the last look comes close to the peak.
 * The bytes it moves tell that a copy goes on even where its log is silent: older versions report no progress within a path.
 */
export function watchProcess(pid: number, { intervalMs = 200, onBytesMoved }: WatchOptions = {}): ProcessWatch {
  let peak: number | undefined;
  let moved: number | undefined;
  const look = async (): Promise<void> => {
    const kilobytes = await numberIn(`/proc/${pid}/status`, /^VmHWM:\s*(\d+) kB$/m);
    if (kilobytes !== undefined) peak = Math.max(peak ?? 0, kilobytes * 1024);
    if (onBytesMoved === undefined) return;
    const bytes = await numberIn(`/proc/${pid}/io`, /^wchar: (\d+)$/m);
    if (bytes !== undefined && bytes !== moved) onBytesMoved();
    moved = bytes;
  };
  const timer = setInterval(() => void look(), intervalMs);
  void look();
  return {
    get peakRssBytes() {
      return peak;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

async function numberIn(file: string, pattern: RegExp): Promise<number | undefined> {
  try {
    const match = pattern.exec(await readFile(file, "utf8"));
    return match?.[1] === undefined ? undefined : Number(match[1]);
  } catch {
    // The process has ended, or there is no /proc.
    return undefined;
  }
}
