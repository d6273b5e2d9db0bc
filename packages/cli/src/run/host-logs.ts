import { createWriteStream } from "node:fs";
import type { WriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";

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
  const open = new Map<string, WriteStream>();
  const closing: Promise<void>[] = [];
  const close = (host: string): void => {
    const stream = open.get(host);
    open.delete(host);
    if (stream === undefined) return;
    stream.end();
    closing.push(finished(stream).catch(() => {}));
  };
  const streamOf = (host: string): WriteStream => {
    const known = open.get(host);
    if (known !== undefined) return known;
    const stream = createWriteStream(join(directory, `${host}.log`), { flags: "a", mode: 0o600 });
    stream.on("error", () => {});
    open.set(host, stream);
    return stream;
  };
  return {
    directory,
    write: (event) => {
      const host = hostOf(event);
      const lines = logLines(event);
      if (host === undefined || lines.length === 0) return;
      streamOf(host).write(lines.map((line) => `${line}\n`).join(""));
      // A large fleet has more hosts than a process may have files open.
      if (event.kind === "verdict") close(host);
    },
    [Symbol.asyncDispose]: async () => {
      for (const host of open.keys()) close(host);
      await Promise.all(closing);
    },
  };
}
