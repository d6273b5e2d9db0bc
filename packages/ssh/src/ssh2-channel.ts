import { abortReason } from "@flurry/core";
import type { Client, ClientChannel } from "ssh2";

import { ChannelRefusal, connectionLost, unlessStopped } from "./command-channel.ts";
import type { CommandBounds, CommandChannel, CommandExit } from "./command-channel.ts";

/**
 * Asks the host at the other end of an ssh2 client to run a command.
 *
 * @throws ChannelRefusal, FlurryError the reason of `signal` or of `lost`
 */
export async function openSsh2Channel(
  client: Client,
  command: string,
  { name, signal, lost }: CommandBounds,
): Promise<CommandChannel> {
  return unlessStopped([lost, signal], name, (settle) => {
    const take = (error: Error | undefined, channel: ClientChannel): void => {
      if (error === undefined || error === null) {
        const opened = commandChannel(channel);
        // Someone may have given up on it in the meantime.
        if (!settle.resolve(opened)) opened.close();
        return;
      }
      if (lost.aborted) settle.reject(abortReason(lost, name));
      else settle.reject(new ChannelRefusal(error.message, { cause: error }));
    };
    try {
      client.exec(command, take);
    } catch (cause) {
      // ssh2 throws when the connection is gone although nothing has told so yet.
      settle.reject(lost.aborted ? abortReason(lost, name) : connectionLost(name, cause));
    }
  });
}

function commandChannel(channel: ClientChannel): CommandChannel {
  // The event `exit` may be over before anyone can listen, when it comes in one piece with the channel's opening; ssh2
  // hands its arguments to `close` as well.
  const ended = new Promise<CommandExit | undefined>((resolve) => {
    channel.on("close", (code?: number | null, killedBy?: string) => resolve(exitOf(code, killedBy)));
  });
  return { stdin: channel, stdout: channel, stderr: channel.stderr, ended, close: () => dismiss(channel) };
}

function exitOf(code: number | null | undefined, killedBy: string | undefined): CommandExit | undefined {
  if (code === undefined) return undefined;
  return code === null
    ? { exitCode: null, ...(killedBy === undefined ? {} : { signal: killedBy }) }
    : { exitCode: code };
}

/** Closes a channel that nobody waits for; what still comes is thrown away. */
function dismiss(channel: ClientChannel): void {
  channel.on("error", () => {});
  channel.stderr.on("error", () => {});
  channel.removeAllListeners("data").resume();
  channel.stderr.removeAllListeners("data").resume();
  channel.close();
}
