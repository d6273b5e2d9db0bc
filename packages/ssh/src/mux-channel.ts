import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { Readable } from "node:stream";

import { abortReason, sleep } from "@flurry/core";

import { ChannelRefusal, connectionLost } from "./command-channel.ts";
import type { CommandBounds, CommandChannel, CommandExit } from "./command-channel.ts";
import type { MasterProcess } from "./master-process.ts";

/** What a client of a control master is started with. */
export interface MuxRequest {
  readonly command: string;
  readonly master: MasterProcess;
  readonly socket: string;
  /** Where its log may lie. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Asks the host at the other end of a control master to run a command. The client gives its standard streams to the
 * master; what it says itself goes to a file, from which we read how it fares. `runProcess` cannot do this, since the
 * channel's streams are the session's to read.
 *
 * @throws ChannelRefusal, FlurryError the reason of `signal` or of `lost`
 */
export async function openMuxChannel(request: MuxRequest, bounds: CommandBounds): Promise<CommandChannel> {
  const { command, master, socket, directory, env } = request;
  const stopped = AbortSignal.any([bounds.lost, bounds.signal]);
  if (stopped.aborted) throw abortReason(stopped, `a command on ${bounds.name}`);
  const logFile = join(directory, randomUUID());
  const child = spawn("ssh", [...muxWords(socket, logFile), "--", "host", command], {
    env,
    stdio: "pipe",
    detached: true,
  });
  // When a process ends Node throws away what nobody has read, and a quick command ends before its opening is noticed.
  const stdout = child.stdout.pipe(new PassThrough());
  const stderr = child.stderr.pipe(new PassThrough());
  let isOver = false;
  const closed = new Promise<void>((resolve) => {
    child.once("error", () => {
      isOver = true;
      resolve();
    });
    child.once("exit", () => {
      isOver = true;
    });
    child.once("close", () => {
      stdout.end();
      stderr.end();
      resolve();
    });
  });
  const read = Promise.all([closed, untilRead(stdout), untilRead(stderr)]);
  const close = (): void => {
    child.stdin.on("error", () => {}).destroy();
    stdout.removeAllListeners("data").resume();
    stderr.removeAllListeners("data").resume();
    // The master closes the channel of a client that is gone.
    child.kill("SIGKILL");
  };
  const readLog = (): Promise<string> => readFile(logFile, "utf8").catch(() => "");
  try {
    for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 100)) {
      const wasOver = isOver;
      const log = await readLog();
      const session = /master session id: (\d+)/.exec(log)?.[1];
      if (session !== undefined) {
        const ended = untilEnded(Number(session), { read, readLog, master, logFile });
        return { stdin: child.stdin, stdout, stderr, ended, close };
      }
      const refusal = /session request failed: (.*)/.exec(log)?.[1];
      if (refusal !== undefined) throw new ChannelRefusal(refusal.trim());
      if (wasOver) throw connectionLost(bounds.name, new Error("its control master does not answer"));
      await sleep(pauseMs, stopped);
    }
  } catch (error) {
    close();
    await rm(logFile, { force: true });
    throw error;
  }
}

/** Without its master such a client must not connect by itself, and it needs none of the user's settings. */
function muxWords(socket: string, logFile: string): readonly string[] {
  const settings = ["LogLevel=DEBUG2", "BatchMode=yes", "RequestTTY=no", "ProxyCommand=false"];
  return ["-F", "none", "-S", socket, "-E", logFile, ...settings.flatMap((setting) => ["-o", setting])];
}

interface Ending {
  readonly read: Promise<unknown>;
  readonly readLog: () => Promise<string>;
  readonly master: MasterProcess;
  readonly logFile: string;
}

async function untilEnded(
  session: number,
  { read, readLog, master, logFile }: Ending,
): Promise<CommandExit | undefined> {
  await read;
  const log = await readLog();
  await rm(logFile, { force: true });
  const exitCode = /Received exit status from master (\d+)/.exec(log)?.[1];
  if (exitCode !== undefined) return { exitCode: Number(exitCode) };
  // The master says so before it lets its client go, but over another pipe.
  await sleep(50);
  // OpenSSH does not tell which signal it was.
  return master.wasKilled(session) ? { exitCode: null } : undefined;
}

async function untilRead(stream: Readable): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.once("end", () => resolve());
  });
}
