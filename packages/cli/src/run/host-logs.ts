import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";

import type { FleetEvent } from "@flurry/core";

import { hostOf, logLines } from "../renderers/host-log.ts";

/** One file for each host of a run, with all that was done and said on its behalf. */
export interface HostLogs extends AsyncDisposable {
  readonly directory: string;
  readonly write: (event: FleetEvent) => void;
}

/**
 * Begins the logs of a run; the file of a host is made with its first line. What cannot be written is lost: a full disk must
 * not end a deployment.
 */
export async function openHostLogs(directory: string): Promise<HostLogs> {
  await mkdir(directory, { recursive: true });
  const waiting = new Map<string, string>();
  const writing = new Map<string, Promise<void>>();
  // One at a time for each file, with all that has come meanwhile, so that lines are in their order. None stays open: a
  // large fleet has more hosts than a process may have files open.
  const writeAll = async (host: string): Promise<void> => {
    for (let text = waiting.get(host); text !== undefined; text = waiting.get(host)) {
      waiting.delete(host);
      await appendFile(join(directory, `${host}.log`), text, { mode: 0o600 }).catch(() => {});
    }
    writing.delete(host);
  };
  return {
    directory,
    write: (event) => {
      const host = hostOf(event);
      const lines = logLines(event);
      if (host === undefined || lines.length === 0) return;
      waiting.set(host, (waiting.get(host) ?? "") + lines.map((line) => `${line}\n`).join(""));
      if (!writing.has(host)) writing.set(host, writeAll(host));
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(writing.values());
    },
  };
}
